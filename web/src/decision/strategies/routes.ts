import type { Screen } from '../../app/screens'
import { strategiesPath, strategyPath } from './nav'

export const routes: Screen[] = [
  { path: strategiesPath, page: () => import('./StrategiesPage'), permission: 'view_definitions' },
  {
    path: strategyPath('$key'),
    page: () => import('./StrategyPage'),
    permission: 'view_definitions',
  },
]
