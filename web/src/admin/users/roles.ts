import type { Permission } from '../../api/session'
import type { Role } from './users'

const everybody: Role[] = ['administrator', 'marketer', 'analyst', 'agent', 'viewer']
const makers: Role[] = ['administrator', 'marketer']
const readers: Role[] = ['administrator', 'marketer', 'analyst']
const withCustomers: Role[] = ['administrator', 'marketer', 'analyst', 'agent']
const administrators: Role[] = ['administrator']

export type Area = 'customers' | 'definitions' | 'results' | 'data' | 'admin'

/**
 * Which roles a permission is part of, as `gate::Role::may` decides it. The server does not hand
 * the matrix out; a role that gets more or less there is changed here too.
 */
export const matrix: { area: Area; rows: { permission: Permission; roles: Role[] }[] }[] = [
  {
    area: 'customers',
    rows: [
      { permission: 'view_customers', roles: withCustomers },
      { permission: 'record_responses', roles: ['administrator', 'marketer', 'agent'] },
      { permission: 'edit_customers', roles: makers },
    ],
  },
  {
    area: 'definitions',
    rows: [
      { permission: 'view_definitions', roles: everybody },
      { permission: 'edit_offers', roles: makers },
      { permission: 'edit_policies', roles: makers },
      { permission: 'edit_journeys', roles: makers },
      { permission: 'publish', roles: makers },
    ],
  },
  {
    area: 'results',
    rows: [
      { permission: 'view_reports', roles: everybody },
      { permission: 'view_decisions', roles: withCustomers },
      { permission: 'view_messages', roles: readers },
    ],
  },
  {
    area: 'data',
    rows: [
      { permission: 'view_data', roles: readers },
      { permission: 'query_data', roles: makers },
      { permission: 'edit_data', roles: makers },
    ],
  },
  {
    area: 'admin',
    rows: [
      { permission: 'view_audit', roles: administrators },
      { permission: 'manage_users', roles: administrators },
      { permission: 'manage_keys', roles: administrators },
      { permission: 'manage_system', roles: administrators },
    ],
  },
]
