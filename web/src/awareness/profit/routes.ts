import type { Screen } from '../../app/screens'
import { profitPath } from './nav'

export const routes: Screen[] = [
  { path: profitPath, page: () => import('./ProfitPage'), permission: 'view_reports' },
]
