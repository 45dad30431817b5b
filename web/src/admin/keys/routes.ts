import type { Screen } from '../../app/screens'
import { keysPath } from './nav'

export const routes: Screen[] = [
  { path: keysPath, page: () => import('./KeysPage'), permission: 'manage_keys' },
]
