import type { NavigationItem } from '../../app/screens'

export const customersPath = '/customers'
export const customerPath = (customerId: string) => `${customersPath}/${customerId}`

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: customersPath,
    label: 'customers',
    icon: 'customers',
    rank: 1,
    letter: 'u',
    permission: 'view_customers',
  },
]
