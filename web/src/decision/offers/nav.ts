import type { NavigationItem } from '../../app/screens'

export const offersPath = '/offers'
export const offerPath = (key: string) => `${offersPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: offersPath,
    label: 'offers',
    icon: 'offer',
    rank: 1,
    letter: 'o',
    permission: 'view_definitions',
    kind: 'offer',
  },
]
