import type { Screen } from '../../app/screens'
import { offerListPath, offerListsPath } from './nav'

export const routes: Screen[] = [
  { path: offerListsPath, page: () => import('./OfferListsPage'), permission: 'view_definitions' },
  {
    path: offerListPath('$key'),
    page: () => import('./OfferListPage'),
    permission: 'view_definitions',
  },
]
