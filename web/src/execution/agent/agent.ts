import { type Answer, pages, query, useChange } from '../../api/query'
import type { TimelineItem } from '../../api/timelineWords'

const offers = '/api/customers/{customer_id}/offers'
const timeline = '/api/customers/{customer_id}/timeline'

export type Offers = Answer<'post', typeof offers>
export type Proposal = Offers['proposals'][number]
export type Offer = Offers['placements'][number]['offers'][number]

export const foundPages = (q: string) => pages('/api/customers', { query: { q, limit: 12 } })

export const customerQuery = (customerId: string) =>
  query('/api/customers/{customer_id}', { path: { customer_id: customerId } })

export const conversationPages = (customerId: string) =>
  pages(timeline, { path: { customer_id: customerId }, query: { limit: 50 } })

/**
 * Whether it belongs to the conversation: what both sides said or did. What was decided, tried or
 * withheld behind it was never said, nor is what is only kept ready.
 */
export function spoken({ kind, body }: TimelineItem): boolean {
  switch (kind) {
    case 'contact':
      return body.control !== true && (body.status ?? 'presented') === 'presented'
    case 'response':
      return body.in_control !== true
    case 'event':
      return body.event !== 'Experiment Viewed'
    case 'decision':
      return false
    case 'identify':
    case 'consent':
    case 'merge':
    case 'unmerge':
      return true
  }
}

/** Asks for what to say now; the contacts are reserved for this call. */
export const useAsk = () => useChange('post', offers, { refresh: [] })

/** What a response is about: the contact, or the offer where none was made of it. */
export type About = { contact_id: string } | { offer: string }

export const useOutcome = () =>
  useChange('post', '/api/customers/{customer_id}/responses', { refresh: [timeline] })
