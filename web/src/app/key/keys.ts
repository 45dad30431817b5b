import { type Answer, type Body, type Item, pages, useChange } from '../../api/query'

export type Key = Item<'/api/keys'>
export type IssuedKey = Answer<'post', '/api/keys'>
export type NewKey = Body<'post', '/api/keys'>
export type Scope = Key['scopes'][number]

export const scopes: Scope[] = ['page', 'ingest', 'decide', 'redeem', 'manage', 'query']

const list = '/api/keys'

export const keysPages = () => pages(list, { query: { limit: 200 } })

export const useIssueKey = () => useChange('post', list, { refresh: [list] })

export const useRotateKey = () => useChange('post', '/api/keys/{id}/rotate', { refresh: [list] })

export const useRevokeKey = () => useChange('delete', '/api/keys/{id}', { refresh: [list] })
