import type { NavigationItem } from '../../app/screens'

export const systemPath = '/system'

export const nav: NavigationItem[] = [
  {
    group: 'admin',
    path: systemPath,
    label: 'system',
    icon: 'system',
    rank: 4,
    permission: 'view_reports',
  },
]
