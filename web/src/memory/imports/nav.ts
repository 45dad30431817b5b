import type { NavigationItem } from '../../app/screens'

export const importsPath = '/imports'
export const importPath = (id: string) => `${importsPath}/${id}`

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: importsPath,
    label: 'imports',
    icon: 'import',
    rank: 3,
    letter: 'i',
    permission: 'view_data',
  },
]
