import type { Group, NavigationItem, Screen } from './screens'

// Every folder with a routes.ts or nav.ts takes part; nothing is registered by hand.
const routeFiles = import.meta.glob<{ routes: Screen[] }>('../**/routes.ts', { eager: true })
const navFiles = import.meta.glob<{ nav: NavigationItem[] }>('../**/nav.ts', { eager: true })

export const screens: Screen[] = Object.values(routeFiles).flatMap((file) => file.routes)

const order: Group[] = [
  'today',
  'customers',
  'offers',
  'conversations',
  'decisions',
  'data',
  'admin',
]

export const items: NavigationItem[] = Object.values(navFiles)
  .flatMap((file) => file.nav)
  .sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group) || a.rank - b.rank)

export const groups: { group: Group; items: NavigationItem[] }[] = order
  .map((group) => ({ group, items: items.filter((item) => item.group === group) }))
  .filter(({ items }) => items.length > 0)

/** The item a path belongs to: the longest that it starts with. */
export function currentItem(pathname: string): NavigationItem | undefined {
  return items
    .filter((item) => pathname === item.path || pathname.startsWith(`${item.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
}
