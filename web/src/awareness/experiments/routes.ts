import type { Screen } from '../../app/screens'
import { experimentPath, experimentsPath } from './nav'

export const routes: Screen[] = [
  {
    path: experimentsPath,
    page: () => import('./ExperimentsPage'),
    permission: 'view_definitions',
  },
  {
    path: experimentPath('$key'),
    page: () => import('./ExperimentPage'),
    permission: 'view_definitions',
  },
]
