import type { Screen } from '../../app/screens'
import { policiesPath, policyPath } from './nav'

export const routes: Screen[] = [
  { path: policiesPath, page: () => import('./PoliciesPage'), permission: 'view_definitions' },
  {
    path: policyPath('$key'),
    page: () => import('./PolicyPage'),
    permission: 'view_definitions',
  },
]
