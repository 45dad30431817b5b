import type { Screen } from '../../app/screens'
import { customerPath, customersPath } from './nav'

export const routes: Screen[] = [
  { path: customersPath, page: () => import('./CustomersPage'), permission: 'view_customers' },
  {
    path: customerPath('$customerId'),
    page: () => import('./CustomerPage'),
    permission: 'view_customers',
  },
]
