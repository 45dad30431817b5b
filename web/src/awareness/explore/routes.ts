import type { Screen } from '../../app/screens'
import { explorePath } from './nav'

export const routes: Screen[] = [
  { path: explorePath, page: () => import('./ExplorePage'), permission: 'view_reports' },
]
