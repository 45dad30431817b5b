import type { NavigationItem } from '../../app/screens'

export const touchpointsPath = '/touchpoints'

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: touchpointsPath,
    label: 'touchpoints',
    icon: 'phone',
    rank: 7,
    permission: 'view_definitions',
  },
]
