import type { NavigationItem } from '../../app/screens'

export const offerListsPath = '/offer-lists'
export const offerListPath = (key: string) => `${offerListsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: offerListsPath,
    label: 'offer_lists',
    icon: 'attribute',
    rank: 2,
    permission: 'view_definitions',
    kind: 'offer_list',
  },
]
