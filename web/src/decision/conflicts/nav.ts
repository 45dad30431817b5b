import type { NavigationItem } from '../../app/screens'

export const conflictsPath = '/conflicts'

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: conflictsPath,
    label: 'conflicts',
    icon: 'warning',
    rank: 9,
    permission: 'view_definitions',
  },
]
