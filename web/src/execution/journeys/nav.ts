import type { NavigationItem } from '../../app/screens'

export const journeysPath = '/journeys'
export const journeyPath = (key: string) => `${journeysPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'conversations',
    path: journeysPath,
    label: 'journeys',
    icon: 'journey',
    rank: 1,
    letter: 'j',
    permission: 'view_definitions',
    kind: 'journey',
  },
]
