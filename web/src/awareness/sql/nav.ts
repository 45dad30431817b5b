import type { NavigationItem } from '../../app/screens'

export const sqlPath = '/sql'

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: sqlPath,
    label: 'sql',
    icon: 'attribute',
    rank: 9,
    permission: 'query_data',
  },
]
