import type { Screen } from '../../app/screens'
import { messagePath, messagesPath } from './nav'

export const routes: Screen[] = [
  { path: messagesPath, page: () => import('./MessagesPage'), permission: 'view_messages' },
  { path: messagePath('$id'), page: () => import('./MessagePage'), permission: 'view_messages' },
]
