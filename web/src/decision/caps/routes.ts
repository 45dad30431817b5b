import type { Screen } from '../../app/screens'
import { capPath, capsPath } from './nav'

export const routes: Screen[] = [
  { path: capsPath, page: () => import('./CapsPage'), permission: 'view_definitions' },
  { path: capPath('$key'), page: () => import('./CapPage'), permission: 'view_definitions' },
]
