import type { Screen } from '../../app/screens'
import { rolesPath, userPath, usersPath } from './nav'

export const routes: Screen[] = [
  { path: usersPath, page: () => import('./UsersPage'), permission: 'manage_users' },
  { path: rolesPath, page: () => import('./RolesPage') },
  { path: userPath('$id'), page: () => import('./UserPage'), permission: 'manage_users' },
]
