import { call, type Item, pages, query, useChange } from '../../api/query'
import type { Permission } from '../../api/session'

export type Definition = Item<'/api/definitions/{kind}'>
export type Kind =
  | 'offer'
  | 'offer_template'
  | 'offer_list'
  | 'placement'
  | 'cap'
  | 'policy'
  | 'strategy'
  | 'experiment'
  | 'journey'
  | 'template'
  | 'segment'
  | 'suppression_list'
  | 'goal'
  | 'feed'
/** A body as the server stores it; what is in it is the kind's business. */
export type AnyBody = Record<string, unknown>
/** The body of a definition: always an object, which was checked when it was saved. */
export const bodyOf = (definition: { body: unknown }) => definition.body as AnyBody
export type FieldProblem = {
  path: string
  message: string
  hint?: string | null
  /** A stable word, by which the message is translated with its particulars. */
  code?: string | null
  values?: Record<string, unknown> | null
}

const list = '/api/definitions/{kind}'
const one = '/api/definitions/{kind}/{key}'
const versions = '/api/definitions/{kind}/{key}/versions'
const diff = '/api/definitions/{kind}/{key}/diff'
const uses = '/api/definitions/{kind}/{key}/uses'
const refresh = [list, one, versions, diff, uses] as const

/** Who may change the definitions of a kind. */
export const editPermission: Record<Kind, Permission> = {
  offer: 'edit_offers',
  offer_template: 'edit_offers',
  offer_list: 'edit_offers',
  placement: 'edit_offers',
  cap: 'edit_offers',
  policy: 'edit_policies',
  strategy: 'edit_policies',
  experiment: 'edit_offers',
  journey: 'edit_journeys',
  template: 'edit_journeys',
  segment: 'edit_journeys',
  suppression_list: 'edit_policies',
  goal: 'edit_journeys',
  feed: 'edit_data',
}

export const definitionPages = (kind: Kind) =>
  pages(list, { path: { kind }, query: { limit: 500 } })

export const definitionQuery = (kind: Kind, key: string) => query(one, { path: { kind, key } })

export const versionPages = (kind: Kind, key: string) =>
  pages(versions, { path: { kind, key }, query: { limit: 50 } })

export const diffQuery = (kind: Kind, key: string, from: number, to: number) =>
  query(diff, { path: { kind, key }, query: { from, to } })

export const usesQuery = (kind: Kind, key: string) => query(uses, { path: { kind, key } })

const change = { refresh: [...refresh] }

export const useSave = () => useChange('put', one, change)
export const usePublish = () => useChange('post', '/api/definitions/{kind}/{key}/publish', change)
export const useRetire = () => useChange('post', '/api/definitions/{kind}/{key}/retire', change)
export const useRestore = () => useChange('post', '/api/definitions/{kind}/{key}/restore', change)

/** The description of the API calls a body an object without members; every member is meant. */
export const onTheWire = (body: AnyBody) => body as Record<string, never>

/** What is wrong with a body, without saving it. */
export async function check(kind: Kind, key: string, body: AnyBody, signal: AbortSignal) {
  const path = { kind, key: key || 'new' }
  const sent = { body: onTheWire(body) }
  const answer = await call('post', '/api/definitions/{kind}/{key}/check', {
    path,
    body: sent,
    signal,
  })
  return answer.errors
}

type Head = Pick<Definition, 'state' | 'latest_version' | 'published_version'>

/** The version in use: none before it is published, and none after it was retired. */
export function inUse(definition: Pick<Head, 'state' | 'published_version'>): number | null {
  return definition.state === 'retired' ? null : (definition.published_version ?? null)
}

/** Where a definition stands, with what its badge says. */
export type Standing = 'draft' | 'published' | 'newer_draft' | 'retired'

export function standing(definition: Head): Standing {
  if (definition.state === 'retired') return 'retired'
  const live = inUse(definition)
  if (!live) return 'draft'
  return live < definition.latest_version ? 'newer_draft' : 'published'
}
