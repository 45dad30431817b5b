import type { NavigationItem } from '../../app/screens'

export const quarantinePath = '/quarantine'

/** What waits of one source, by its id. */
export const quarantineOf = (source: string) => ({
  to: quarantinePath,
  // The router's own types want a registered route tree here.
  search: { source } as never,
})

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: quarantinePath,
    label: 'quarantine',
    icon: 'quarantine',
    rank: 4,
    letter: 'q',
    permission: 'view_data',
  },
]
