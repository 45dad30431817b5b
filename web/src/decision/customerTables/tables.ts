import { type Answer, type Item, pages, query, useChange } from '../../api/query'

const all = '/api/customer_tables'
const one = '/api/customer_tables/{key}'
const uploads = '/api/customer_tables/{key}/uploads'
const rejects = '/api/customer_tables/{key}/uploads/{upload_id}/rejects'
const rows = '/api/customers/{customer_id}/table_rows'

export type CustomerTable = Answer<'get', typeof one>
export type Kind = CustomerTable['kind']
export type Upload = Item<typeof uploads>
export type TableRow = Answer<'get', typeof rows>['items'][number]

export const kinds: Kind[] = ['assignments', 'scores', 'denials']

export const kindOf = (value: string): Kind => kinds.find((kind) => kind === value) ?? 'scores'

export const tablesQuery = () => query(all)
export const tableQuery = (key: string) => query(one, { path: { key } })
export const uploadPages = (key: string) => pages(uploads, { path: { key }, query: { limit: 20 } })
export const rejectPages = (key: string, upload_id: string) =>
  pages(rejects, { path: { key, upload_id }, query: { limit: 100 } })
export const rejectsFile = (key: string, upload: string) =>
  `/api/customer_tables/${key}/uploads/${upload}/rejects.csv`
export const rowsQuery = (customer_id: string) => query(rows, { path: { customer_id } })

export const useCreate = () => useChange('post', all, { refresh: [all] })
export const useChangeTable = () => useChange('put', one, { refresh: [all, one] })
export const useRemove = () => useChange('delete', one, { refresh: [all] })
export const useDiscard = () =>
  useChange('delete', '/api/customer_tables/{key}/uploads/{upload_id}', { refresh: [uploads] })
export const useRemoveRow = () =>
  useChange('delete', '/api/customers/{customer_id}/table_rows/{table}/{offer}', {
    refresh: [rows, '/api/customers/{customer_id}/offers'],
  })

/** What is read again when an upload has come further. */
export const refreshed = [all, one, uploads]
