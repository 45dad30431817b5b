import type { Screen } from '../../app/screens'
import { feedPath, feedsPath } from './nav'

export const routes: Screen[] = [
  { path: feedsPath, page: () => import('./FeedsPage'), permission: 'view_data' },
  { path: feedPath('$key'), page: () => import('./FeedPage'), permission: 'view_data' },
]
