import type { Screen } from '../../app/screens'
import { systemPath } from './nav'

export const routes: Screen[] = [
  { path: systemPath, page: () => import('./SystemPage'), permission: 'view_reports' },
]
