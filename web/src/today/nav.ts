import type { NavigationItem } from '../app/screens'

export const todayPath = '/'

export const nav: NavigationItem[] = [
  {
    group: 'today',
    path: todayPath,
    label: 'today',
    icon: 'today',
    rank: 1,
    letter: 't',
    permission: 'view_reports',
  },
]
