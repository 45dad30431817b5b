import type { NavigationItem } from '../../app/screens'

export const usersPath = '/users'
export const userPath = (id: string) => `${usersPath}/${id}`
export const rolesPath = `${usersPath}/roles`

export const nav: NavigationItem[] = [
  {
    group: 'admin',
    path: usersPath,
    label: 'users',
    icon: 'users',
    rank: 1,
    permission: 'manage_users',
    id: 'usr',
  },
]
