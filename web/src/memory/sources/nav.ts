import type { NavigationItem } from '../../app/screens'

export const sourcesPath = '/sources'
export const sourcePath = (id: string) => `${sourcesPath}/${id}`

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: sourcesPath,
    label: 'sources',
    icon: 'source',
    rank: 2,
    letter: 'n',
    permission: 'view_data',
  },
]
