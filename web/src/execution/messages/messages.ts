import { type Answer, type Item, pages, query, useChange } from '../../api/query'
import type { paths } from '../../api/schema'
import type { Tone } from '../../ui'

export type MessageRow = Item<'/api/messages'>
export type Message = Answer<'get', '/api/messages/{id}'>
export type Outbox = Answer<'get', '/api/outbox'>
export type MessageState = MessageRow['state']

const list = '/api/messages'
const one = '/api/messages/{id}'
const outbox = '/api/outbox'

export const states: MessageState[] = [
  'planned',
  'claimed',
  'handing',
  'accepted',
  'rejected',
  'uncertain',
  'suppressed',
]

export const tones: Record<MessageState, Tone> = {
  planned: 'plain',
  claimed: 'action',
  handing: 'action',
  accepted: 'good',
  rejected: 'bad',
  uncertain: 'warn',
  suppressed: 'plain',
}

export type MessageFilter = {
  state?: string
  journey?: string
  template?: string
  customer_id?: string
}

export const messagePages = (filter: MessageFilter) =>
  // The cast holds because the server checks words of the address and says which are wrong.
  pages(list, { query: { limit: 50, ...filter } as { limit: number } })

export const messageQuery = (id: string) => query(one, { path: { id } })
export const outboxQuery = query(outbox)

const change = { refresh: [list, one, outbox] satisfies (keyof paths)[] }
export const useCancel = () => useChange('post', '/api/messages/{id}/cancel', change)
export const useResolve = () => useChange('post', '/api/messages/{id}/resolve', change)
export const useResume = () => useChange('post', '/api/outbox/resume', change)
