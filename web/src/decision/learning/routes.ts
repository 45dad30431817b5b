import type { Screen } from '../../app/screens'
import { learningPath, modelPath } from './nav'

export const routes: Screen[] = [
  { path: learningPath, page: () => import('./LearningPage'), permission: 'view_reports' },
  {
    path: modelPath('$channel', '$offer'),
    page: () => import('./ModelPage'),
    permission: 'view_reports',
  },
]
