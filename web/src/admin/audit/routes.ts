import type { Screen } from '../../app/screens'
import { auditPath } from './nav'

export const routes: Screen[] = [
  { path: auditPath, page: () => import('./AuditPage'), permission: 'view_audit' },
]
