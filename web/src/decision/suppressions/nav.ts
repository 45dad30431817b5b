import type { NavigationItem } from '../../app/screens'

export const suppressionsPath = '/suppression-lists'
export const suppressionPath = (key: string) => `${suppressionsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: suppressionsPath,
    label: 'suppressions',
    icon: 'lock',
    rank: 3,
    permission: 'view_definitions',
    kind: 'suppression_list',
  },
]
