import type { ComponentType } from 'react'
import type { AnyBody, Definition, Kind } from './definitions'

export type View = {
  key: string
  label: string
  content: ComponentType<{ definition: Definition | null }>
}

/** What the editor needs to know of a kind of definition. */
export type Setup = {
  kind: Kind
  listPath: string
  listLabel: string
  pathOf: (key: string) => string
  /** The heading while something new is written. */
  newTitle: string
  /** What something new begins with. */
  blank: AnyBody
  /** Where a saved version can be tried before it is published. */
  tryIt?: (key: string) => { to: string; search: Record<string, string> }
  /** The ways to look at it; the first is where one begins. JSON and history follow. */
  views: View[]
}
