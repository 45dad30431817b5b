import type { Screen } from '../../app/screens'
import { sourcePath, sourcesPath } from './nav'

export const routes: Screen[] = [
  { path: sourcesPath, page: () => import('./SourcesPage'), permission: 'view_data' },
  { path: sourcePath('$id'), page: () => import('./SourcePage'), permission: 'view_data' },
]
