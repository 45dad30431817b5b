import type { NavigationItem } from '../../app/screens'

export const attributesPath = '/attributes'

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: attributesPath,
    label: 'attributes',
    icon: 'attribute',
    rank: 5,
    permission: 'view_data',
  },
]
