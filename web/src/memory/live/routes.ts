import type { Screen } from '../../app/screens'
import { livePath } from './nav'

export const routes: Screen[] = [
  { path: livePath, page: () => import('./LivePage'), permission: 'view_data' },
]
