import type { Screen } from '../../app/screens'
import { suppressionPath, suppressionsPath } from './nav'

export const routes: Screen[] = [
  {
    path: suppressionsPath,
    page: () => import('./SuppressionsPage'),
    permission: 'view_definitions',
  },
  {
    path: suppressionPath('$key'),
    page: () => import('./SuppressionPage'),
    permission: 'view_definitions',
  },
]
