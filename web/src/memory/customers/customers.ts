import { type Answer, type Item, pages, query, useChange } from '../../api/query'

export type CustomerRow = Item<'/api/customers'>
export type Customer = Answer<'get', '/api/customers/{customer_id}'>
export type Consent = Customer['consents'][number]
export type TimelineItem = Item<'/api/customers/{customer_id}/timeline'>
export type OffersNow = Answer<'get', '/api/customers/{customer_id}/offers'>

const one = '/api/customers/{customer_id}'
const timeline = '/api/customers/{customer_id}/timeline'
const offers = '/api/customers/{customer_id}/offers'

export const customersPages = (q: string) =>
  pages('/api/customers', { query: { q: q || undefined, limit: 50 } })

export const customerQuery = (customerId: string) =>
  query(one, { path: { customer_id: customerId } })

/** Which part of the conversation is looked at; straight from the address. */
export type TimelineFilter = { side?: string; kind?: string; channel?: string; before?: string }

export const timelinePages = (customerId: string, filter: TimelineFilter) =>
  pages(timeline, {
    path: { customer_id: customerId },
    // The cast holds because the server checks words of the address and says which are wrong.
    query: { limit: 100, ...filter } as { limit: number },
  })

export const offersQuery = (customerId: string, channel: string) =>
  query(offers, {
    path: { customer_id: customerId },
    // As above: the channel comes from a fixed list of the page.
    query: { channel } as object,
  })

export const interestsQuery = (customerId: string) => ({
  ...query('/api/customers/{customer_id}/interests', { path: { customer_id: customerId } }),
  staleTime: 30_000,
})

export const useConsentChange = () =>
  useChange('post', '/api/customers/{customer_id}/consents', { refresh: [one, timeline, offers] })

export const useCall = () =>
  useChange('post', '/api/customers/{customer_id}/calls', { refresh: [one, timeline] })

export const useMerge = () =>
  useChange('post', '/api/customers/{customer_id}/merges', {
    refresh: ['/api/customers', one, timeline, offers],
  })

export const useUnmerge = () =>
  useChange('delete', '/api/customers/{customer_id}/merges/{member_id}', {
    refresh: ['/api/customers', one, timeline, offers],
  })

export const useErase = () =>
  useChange('post', '/api/customers/{customer_id}/erasure', { refresh: ['/api/customers'] })

/** Where the browser downloads everything that is known of a customer. */
export const exportAddress = (customerId: string) => `/api/customers/${customerId}/export`
