import type { Screen } from '../../app/screens'
import { agentPath } from './nav'

export const routes: Screen[] = [
  { path: agentPath, page: () => import('./AgentPage'), permission: 'record_responses' },
]
