import type { NavigationItem } from '../../app/screens'

export const tablesPath = '/customer-tables'
export const tablePath = (key: string) => `${tablesPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: tablesPath,
    label: 'customer_tables',
    icon: 'table',
    rank: 6,
    permission: 'view_definitions',
  },
]
