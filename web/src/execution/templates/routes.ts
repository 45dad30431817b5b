import type { Screen } from '../../app/screens'
import { templatePath, templatesPath } from './nav'

export const routes: Screen[] = [
  { path: templatesPath, page: () => import('./TemplatesPage'), permission: 'view_definitions' },
  {
    path: templatePath('$key'),
    page: () => import('./TemplatePage'),
    permission: 'view_definitions',
  },
]
