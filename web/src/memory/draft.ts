// Shapes of sources, attributes, quarantine, imports and live events as agreed; each goes when
// docs/openapi.json has it, because what the server says wins over a draft.
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

type SourceKind = 'web' | 'app' | 'server' | 'import' | 'http'
type Source = {
  id: string
  key: string
  title: string
  kind: SourceKind
  events_count: number
  last_event_at?: Instant | null
  events_per_minute: number
  by_minute: number[]
  waiting_count: number
  created_at: Instant
  updated_at: Instant
}

type AttributeKind = 'text' | 'number' | 'boolean' | 'instant' | 'list'
type Attribute = {
  key: string
  kind: AttributeKind
  fixed: boolean
  description: string
  personal: boolean
  seen_count: number
  fill_rate: number
  sample_size: number
  examples: string[]
  first_seen_at: Instant
  updated_at: Instant
}

type QuarantineState = 'waiting' | 'replayed' | 'discarded'
type Quarantined = {
  id: string
  source_id: string
  source: string
  reason: string
  detail: string
  body: string
  state: QuarantineState
  outcome?: string | null
  received_at: Instant
  updated_at: Instant
}
type QuarantineCount = { source_id: string; source: string; reason: string; count: number }
type Selection = { source_id?: string; reason?: string }
type BulkOutcome = { taken: number; duplicates: number; refused: number; discarded: number }

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
    '/api/sources': {
      get: Get<Page<Source>, Paging>
      post: Change<{ key: string; title: string; kind: SourceKind }, Source>
    }
    '/api/sources/{source_id}': {
      patch: Change<{ title?: string; kind?: SourceKind }, Source, { source_id: string }>
    }
    '/api/attributes': { get: Get<Page<Attribute>, Paging> }
    '/api/attributes/{key}': {
      patch: Change<
        { kind?: AttributeKind; description?: string; personal?: boolean },
        Attribute,
        { key: string }
      >
    }
    '/api/quarantine': {
      get: Get<
        Page<Quarantined>,
        Paging & { source_id?: string; reason?: string; state?: QuarantineState }
      >
    }
    '/api/quarantine/counts': { get: Get<QuarantineCount[]> }
    '/api/quarantine/{id}/replay': {
      post: Change<
        { body?: Record<string, never> },
        { customer_id?: string | null; duplicate: boolean },
        { id: string }
      >
    }
    '/api/quarantine/{id}/discard': { post: Change<undefined, undefined, { id: string }> }
    '/api/quarantine/replay': { post: Change<Selection, BulkOutcome> }
    '/api/quarantine/discard': { post: Change<Selection, BulkOutcome> }
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
