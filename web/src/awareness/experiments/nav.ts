import type { NavigationItem } from '../../app/screens'

export const experimentsPath = '/experiments'
export const experimentPath = (key: string) => `${experimentsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: experimentsPath,
    label: 'experiments',
    icon: 'decision',
    rank: 7,
    permission: 'view_definitions',
    kind: 'experiment',
  },
]
