import type { NavigationItem } from '../../app/screens'

export const webPath = '/web-analytics'

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: webPath,
    label: 'web',
    icon: 'web',
    rank: 6,
    letter: 'w',
    permission: 'view_reports',
  },
]
