import type { Screen } from '../app/screens'
import { todayPath } from './nav'

export const routes: Screen[] = [
  { path: todayPath, page: () => import('./TodayPage'), permission: 'view_reports' },
]
