import { type Answer, type Item, pages, query, useChange } from '../../api/query'

export type Quarantined = Item<'/api/quarantine'>
export type State = Quarantined['state']
export type Count = Answer<'get', '/api/quarantine/counts'>[number]
export type BulkOutcome = Answer<'post', '/api/quarantine/replay'>

export const states: State[] = ['waiting', 'replayed', 'discarded']

const list = '/api/quarantine'
const counts = '/api/quarantine/counts'

/** Straight from the address. */
export type Filter = { source_id?: string; reason?: string; state?: string }

export const quarantinePages = (filter: Filter) =>
  pages(list, {
    // The cast holds because the server checks words of the address and says which are wrong.
    query: { limit: 50, ...filter } as { limit: number },
  })

export const countsQuery = () => query(counts)

export const useReplay = () =>
  useChange('post', '/api/quarantine/{id}/replay', { refresh: [list, counts] })

export const useDiscard = () =>
  useChange('post', '/api/quarantine/{id}/discard', { refresh: [list, counts] })

export const useReplayAll = () =>
  useChange('post', '/api/quarantine/replay', { refresh: [list, counts] })

export const useDiscardAll = () =>
  useChange('post', '/api/quarantine/discard', { refresh: [list, counts] })

/** The item indented, or as it is when it is not JSON. */
export function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/** Where a text stops being JSON, in words of the browser; null when it is JSON. */
export function mistake(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
