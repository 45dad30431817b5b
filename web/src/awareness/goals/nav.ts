import type { NavigationItem } from '../../app/screens'

export const goalsPath = '/goals'
export const goalPath = (key: string) => `${goalsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: goalsPath,
    label: 'goals',
    icon: 'flag',
    rank: 7,
    permission: 'view_definitions',
    kind: 'goal',
  },
]
