import type { Screen } from '../../app/screens'
import { quarantinePath } from './nav'

export const routes: Screen[] = [
  { path: quarantinePath, page: () => import('./QuarantinePage'), permission: 'view_data' },
]
