import type { NavigationItem } from '../../app/screens'

export const policiesPath = '/policies'
export const policyPath = (key: string) => `${policiesPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: policiesPath,
    label: 'policies',
    icon: 'policy',
    rank: 4,
    letter: 'y',
    permission: 'view_definitions',
    kind: 'policy',
  },
]
