import type { Screen } from '../../app/screens'
import { journeyPath, journeysPath } from './nav'

export const routes: Screen[] = [
  { path: journeysPath, page: () => import('./JourneysPage'), permission: 'view_definitions' },
  {
    path: journeyPath('$key'),
    page: () => import('./JourneyPage'),
    permission: 'view_definitions',
  },
]
