import type { Screen } from '../../app/screens'
import { touchpointsPath } from './nav'

export const routes: Screen[] = [
  {
    path: touchpointsPath,
    page: () => import('./TouchpointsPage'),
    permission: 'view_definitions',
  },
]
