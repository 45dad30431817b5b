import type { NavigationItem } from '../../app/screens'

export const placementsPath = '/placements'
export const placementPath = (key: string) => `${placementsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: placementsPath,
    label: 'placements',
    icon: 'placement',
    rank: 3,
    letter: 'p',
    permission: 'view_definitions',
    kind: 'placement',
  },
]
