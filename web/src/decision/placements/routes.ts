import type { Screen } from '../../app/screens'
import { placementPath, placementsPath } from './nav'

export const routes: Screen[] = [
  { path: placementsPath, page: () => import('./PlacementsPage'), permission: 'view_definitions' },
  {
    path: placementPath('$key'),
    page: () => import('./PlacementPage'),
    permission: 'view_definitions',
  },
]
