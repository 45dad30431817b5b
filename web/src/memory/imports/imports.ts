import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Problem } from '../../api/problem'
import { type Answer, call, type Item, pages, query, useChange } from '../../api/query'
import type { Tone } from '../../ui'

export type Import = Item<'/api/imports'>
export type State = Import['state']
export type Column = Import['facts']['columns'][number]
export type Looked = Answer<'post', '/api/imports/{id}/preview'>
export type Mapping = Looked['mapping']
export type Field = NonNullable<Mapping['fields']>[number]
export type Preview = NonNullable<Looked['preview']>
export type PreviewItem = Preview['items'][number]

const list = '/api/imports'
const one = '/api/imports/{id}'

export const tones: Record<State, Tone> = {
  uploaded: 'plain',
  queued: 'action',
  running: 'action',
  cancelling: 'warn',
  cancelled: 'warn',
  done: 'good',
  failed: 'bad',
}

/** Whether the server works on it, so that one looks again soon. */
export const moves = (state: State | undefined): boolean =>
  state === 'queued' || state === 'running' || state === 'cancelling'

export const importsPages = () => pages(list, { query: { limit: 50 } })

export const importQuery = (id: string) => query(one, { path: { id } })

/** What the first rows become; without a mapping with the server's guess. */
export const lookQuery = (id: string, mapping: Mapping | null) =>
  queryOptions<Looked, Problem>({
    queryKey: ['/api/imports/{id}/preview', id, mapping],
    queryFn: ({ signal }) =>
      call('post', '/api/imports/{id}/preview', {
        path: { id },
        body: mapping ? { mapping } : {},
        signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  })

export const useStart = () => useChange('post', '/api/imports/{id}/start', { refresh: [list, one] })

export const useCancel = () =>
  useChange('post', '/api/imports/{id}/cancel', { refresh: [list, one] })

export const useRemove = () => useChange('delete', one, { refresh: [list] })

export const mappingsQuery = () => query('/api/import-mappings', {})

export const useForget = () =>
  useChange('delete', '/api/import-mappings/{name}', { refresh: ['/api/import-mappings'] })

/** Where the browser sends a file. */
export const uploadAddress = (name: string) => `${list}?${new URLSearchParams({ name })}`

/** Where the browser downloads the rows that were not taken in. */
export const rejectedAddress = (id: string) => `${list}/${id}/rejected.csv`

/** The share that is done; null while the server counts. */
export function shareOf({ progress }: Import): number | null {
  const { phase, rows_done, rows_total } = progress
  if (phase === 'survey' || !rows_total) return null
  return Math.min(1, rows_done / rows_total)
}

/** Replaces what the mapping says of one column; `null` leaves the column out. */
export function withField(mapping: Mapping, column: string, field: Field | null): Mapping {
  const fields = mapping.fields ?? []
  const place = fields.findIndex((one) => one.column === column)
  if (place < 0) return field ? { ...mapping, fields: [...fields, field] } : mapping
  const rest = field ? [field] : []
  return { ...mapping, fields: [...fields.slice(0, place), ...rest, ...fields.slice(place + 1)] }
}

/** Customers have neither events nor lines; what was mapped so becomes an attribute. */
export function withTarget(mapping: Mapping, target: Mapping['as']): Mapping {
  if (target === 'events') {
    return { ...mapping, as: target, event: mapping.event ?? { name: 'Order Completed' } }
  }
  const fields = (mapping.fields ?? []).map((field): Field => ({ ...field, to: 'attribute' }))
  return { ...mapping, as: target, event: null, group: null, fields }
}

/** Groups rows by a column; without one, lines become properties. */
export function withGroup(mapping: Mapping, column: string): Mapping {
  if (column) return { ...mapping, group: { ...mapping.group, column } }
  const fields = (mapping.fields ?? []).map(
    (field): Field => (field.to === 'line' ? { ...field, to: 'property' } : field),
  )
  return { ...mapping, group: null, fields }
}
