import { type Item, pages, query, useChange } from '../../api/query'

export type Account = Item<'/api/users'>
export type Role = Account['role']

/** From what may most to what may least. */
export const roles: Role[] = ['administrator', 'marketer', 'analyst', 'agent', 'viewer']

/** A role of a select's value. */
export const roleOf = (value: string): Role | undefined => roles.find((one) => one === value)

const list = '/api/users'
const one = '/api/users/{id}'

export const usersPages = () => pages(list, { query: { limit: 100 } })

export const userQuery = (id: string) => query(one, { path: { id } })

export const useCreateUser = () => useChange('post', list, { refresh: [list] })

export const useUserChange = () => useChange('patch', one, { refresh: [list, one] })

export const usePasswordReset = () => useChange('post', '/api/users/{id}/password', { refresh: [] })
