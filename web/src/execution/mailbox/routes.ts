import type { Screen } from '../../app/screens'
import { mailboxPath } from './nav'

export const routes: Screen[] = [
  { path: mailboxPath, page: () => import('./MailboxPage'), permission: 'view_messages' },
]
