import { type Item, pages, query, useChange } from '../../api/query'

const figures = '/api/suppression-lists'
const entries = '/api/suppression-lists/{key}/entries'

export type SuppressionEntry = Item<typeof entries>

export const figuresQuery = () => query(figures)
export const entryPages = (key: string) => pages(entries, { path: { key }, query: { limit: 50 } })

export const useAdd = () => useChange('post', entries, { refresh: [entries, figures] })
export const useRemove = () =>
  useChange('delete', '/api/suppression-lists/{key}/entries/{digest}', {
    refresh: [entries, figures],
  })
