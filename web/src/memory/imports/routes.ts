import type { Screen } from '../../app/screens'
import { importPath, importsPath } from './nav'

export const routes: Screen[] = [
  { path: importsPath, page: () => import('./ImportsPage'), permission: 'view_data' },
  { path: importPath('$id'), page: () => import('./ImportPage'), permission: 'view_data' },
]
