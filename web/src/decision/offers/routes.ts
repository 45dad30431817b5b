import type { Screen } from '../../app/screens'
import { offerPath, offersPath } from './nav'

export const routes: Screen[] = [
  { path: offersPath, page: () => import('./OffersPage'), permission: 'view_definitions' },
  { path: offerPath('$key'), page: () => import('./OfferPage'), permission: 'view_definitions' },
]
