import type { Screen } from '../../app/screens'
import { tablePath, tablesPath } from './nav'

export const routes: Screen[] = [
  { path: tablesPath, page: () => import('./TablesPage'), permission: 'view_definitions' },
  { path: tablePath('$key'), page: () => import('./TablePage'), permission: 'view_definitions' },
]
