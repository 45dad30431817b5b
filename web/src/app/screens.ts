import type { ReactNode } from 'react'
import type { Permission } from '../api/session'
import type en from '../locales/en/app.json'
import type { IconName } from '../ui'

/** A page of a feature: `routes.ts` of its folder exports `routes: Screen[]`. */
export type Screen = {
  path: string
  /** The module whose default export is the page; loaded when the page is visited. */
  page: () => Promise<{ default: () => ReactNode }>
  permission?: Permission
}

export type Group = keyof typeof en.group

/** A line of the navigation: `nav.ts` of a feature's folder exports `nav: NavigationItem[]`. */
export type NavigationItem = {
  group: Group
  path: string
  label: keyof typeof en.nav
  icon: IconName
  /** Place within the group, from the top. */
  rank: number
  permission?: Permission
  /** The letter after `g`. */
  letter?: string
  /** The kind of definition that lives at `path/{key}`; makes it findable in the palette. */
  kind?: string
  /** How the ids of what lives at `path/{id}` begin; a pasted one leads there. */
  id?: string
}
