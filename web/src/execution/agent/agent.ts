import { type Answer, pages, query, useChange } from '../../api/query'

const offers = '/api/customers/{customer_id}/offers'
const timeline = '/api/customers/{customer_id}/timeline'

export type Offers = Answer<'post', typeof offers>
export type Proposal = Offers['proposals'][number]
export type Offer = Offers['placements'][number]['offers'][number]

export const foundPages = (q: string) => pages('/api/customers', { query: { q, limit: 12 } })

export const customerQuery = (customerId: string) =>
  query('/api/customers/{customer_id}', { path: { customer_id: customerId } })

export const conversationPages = (customerId: string) =>
  pages(timeline, { path: { customer_id: customerId }, query: { limit: 30 } })

/** Asks for what to say now; the contacts are reserved for this call. */
export const useAsk = () => useChange('post', offers, { refresh: [] })

export const useOutcome = () =>
  useChange('post', '/api/customers/{customer_id}/responses', { refresh: [timeline] })
