import type { NavigationItem } from '../../app/screens'

export const capsPath = '/caps'
export const capPath = (key: string) => `${capsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: capsPath,
    label: 'caps',
    icon: 'clock',
    rank: 6,
    permission: 'view_definitions',
    kind: 'cap',
  },
]
