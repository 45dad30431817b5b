import type { Screen } from '../../app/screens'
import { goalPath, goalsPath } from './nav'

export const routes: Screen[] = [
  { path: goalsPath, page: () => import('./GoalsPage'), permission: 'view_definitions' },
  { path: goalPath('$key'), page: () => import('./GoalPage'), permission: 'view_definitions' },
]
