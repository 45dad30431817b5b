import type { Screen } from '../../app/screens'
import { customersPath } from './nav'

export const routes: Screen[] = [
  { path: customersPath, page: () => import('./CustomersPage'), permission: 'view_customers' },
]
