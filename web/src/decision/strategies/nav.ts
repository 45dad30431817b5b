import type { NavigationItem } from '../../app/screens'

export const strategiesPath = '/strategies'
export const strategyPath = (key: string) => `${strategiesPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: strategiesPath,
    label: 'strategies',
    icon: 'decision',
    rank: 5,
    letter: 'g',
    permission: 'view_definitions',
    kind: 'strategy',
  },
]
