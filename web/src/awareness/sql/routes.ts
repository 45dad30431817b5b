import type { Screen } from '../../app/screens'
import { sqlPath } from './nav'

export const routes: Screen[] = [
  { path: sqlPath, page: () => import('./SqlPage'), permission: 'query_data' },
]
