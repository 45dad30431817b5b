import type { Screen } from '../../app/screens'
import { offerTemplatePath, offerTemplatesPath } from './nav'

export const routes: Screen[] = [
  {
    path: offerTemplatesPath,
    page: () => import('./OfferTemplatesPage'),
    permission: 'view_definitions',
  },
  {
    path: offerTemplatePath('$key'),
    page: () => import('./OfferTemplatePage'),
    permission: 'view_definitions',
  },
]
