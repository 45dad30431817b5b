// The shape of imports as agreed; it goes when docs/openapi.json has it, because what the server
// says wins over a draft.
import type { paths as drafted } from '../api/draft'

type Json<T> = { content: { 'application/json': T } }
type None = Record<string, never>
type Get<Answer, Query = None, Path = None> = {
  parameters: { query?: Query; path?: Path }
  responses: { 200: Json<Answer> }
}
type Change<Body, Answer = undefined, Path = None> = {
  parameters: { query?: None; path?: Path }
  requestBody?: Json<Body>
  responses: { 200: Json<Answer> }
}
type Page<T> = { items: T[]; next_cursor?: string | null }
type Paging = { limit?: number; cursor?: string }
type Instant = string

type ImportTarget = 'customers' | 'events'
type ImportState = 'uploaded' | 'queued' | 'running' | 'done' | 'cancelled' | 'failed'
type ImportRole = 'ignore' | 'identifier' | 'attribute' | 'field' | 'property' | 'item'
type ImportColumn = { column: string; role: ImportRole; name: string }
type ImportMapping = {
  target: ImportTarget
  event?: string | null
  group_by?: string | null
  columns: ImportColumn[]
}
type Import = {
  id: string
  file_name: string
  format: 'csv' | 'jsonl' | 'parquet'
  bytes: number
  state: ImportState
  source_id?: string | null
  mapping: ImportMapping
  rows_total?: number | null
  rows_done: number
  events_count: number
  rejected_count: number
  message?: string | null
  author: string
  created_at: Instant
  started_at?: Instant | null
  finished_at?: Instant | null
}
type ImportCell = { column: string; message: string }
type ImportPreview = {
  columns: string[]
  rows: { line: number; cells: Record<string, string | null>; problems: ImportCell[] }[]
  events: { lines: number[]; event: Record<string, unknown> }[]
}

type OfImport = { import_id: string }

declare module '../api/draft' {
  interface paths {
    '/api/imports': { get: Get<Page<Import>, Paging> }
    '/api/imports/{import_id}': {
      get: Get<Import, None, OfImport>
    }
    '/api/imports/{import_id}/mapping': { put: Change<ImportMapping, Import, OfImport> }
    '/api/imports/{import_id}/preview': { post: Change<ImportMapping, ImportPreview, OfImport> }
    '/api/imports/{import_id}/start': { post: Change<undefined, Import, OfImport> }
    '/api/imports/{import_id}/cancel': { post: Change<undefined, Import, OfImport> }
  }
}

export type { drafted }
