import { type Answer, type Item, pages, query, useChange } from '../../api/query'

export type LetterRow = Item<'/api/mailbox'>
export type Letter = Answer<'get', '/api/mailbox/{id}'>

export const letterPages = (filter: { unread?: boolean; customer_id?: string }) =>
  pages('/api/mailbox', { query: { limit: 50, ...filter } })

export const letterQuery = (id: string) => query('/api/mailbox/{id}', { path: { id } })

export const useRead = () =>
  useChange('post', '/api/mailbox/{id}/read', { refresh: ['/api/mailbox', '/api/mailbox/{id}'] })
