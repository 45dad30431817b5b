import { type Answer, type Item, pages, query } from '../../api/query'

export type CustomerRow = Item<'/api/customers'>
export type Customer = Answer<'get', '/api/customers/{customer_id}'>

export const customersPages = (q: string) => pages('/api/customers', { query: { q, limit: 50 } })

export const customerQuery = (customerId: string) =>
  query('/api/customers/{customer_id}', { path: { customer_id: customerId } })

/** What people call the customer: the name, else the best identifier. */
export function customerName(customer: {
  customer_id: string
  name?: string | null
  email?: string | null
}): string {
  return customer.name || customer.email || customer.customer_id
}
