import type { Screen } from '../../app/screens'
import { attributesPath } from './nav'

export const routes: Screen[] = [
  { path: attributesPath, page: () => import('./AttributesPage'), permission: 'view_data' },
]
