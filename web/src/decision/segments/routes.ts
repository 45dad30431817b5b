import type { Screen } from '../../app/screens'
import { segmentPath, segmentsPath, splitPath } from './nav'

export const routes: Screen[] = [
  { path: segmentsPath, page: () => import('./SegmentsPage'), permission: 'view_definitions' },
  {
    path: segmentPath('$key'),
    page: () => import('./SegmentPage'),
    permission: 'view_definitions',
  },
  { path: splitPath, page: () => import('./SplitPage'), permission: 'view_reports' },
]
