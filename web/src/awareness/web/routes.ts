import type { Screen } from '../../app/screens'
import { webPath } from './nav'

export const routes: Screen[] = [
  { path: webPath, page: () => import('./WebPage'), permission: 'view_reports' },
]
