import type { NavigationItem } from '../../app/screens'

export const livePath = '/live'

/** The live events of one source, by its id. */
export const liveOf = (source: string) => ({
  to: livePath,
  // The router's own types want a registered route tree here.
  search: { source } as never,
})

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: livePath,
    label: 'live',
    icon: 'live',
    rank: 1,
    letter: 'l',
    permission: 'view_data',
  },
]
