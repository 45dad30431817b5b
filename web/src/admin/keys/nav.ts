import type { NavigationItem } from '../../app/screens'

export const keysPath = '/keys'

export const nav: NavigationItem[] = [
  {
    group: 'admin',
    path: keysPath,
    label: 'keys',
    icon: 'key',
    rank: 2,
    letter: 'k',
    permission: 'manage_keys',
  },
]
