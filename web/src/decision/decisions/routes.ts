import type { Screen } from '../../app/screens'
import { decisionPath, decisionsPath } from './nav'

export const routes: Screen[] = [
  { path: decisionsPath, page: () => import('./DecisionsPage'), permission: 'view_decisions' },
  {
    path: decisionPath('$decisionId'),
    page: () => import('./DecisionPage'),
    permission: 'view_decisions',
  },
]
