import type { Screen } from '../../app/screens'
import { conflictsPath } from './nav'

export const routes: Screen[] = [
  { path: conflictsPath, page: () => import('./ConflictsPage'), permission: 'view_definitions' },
]
