import type { NavigationItem } from '../../app/screens'

export const explorePath = '/explore'

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: explorePath,
    label: 'explore',
    icon: 'explore',
    rank: 5,
    letter: 'x',
    permission: 'view_reports',
  },
]
