// The shape of imports as agreed; it goes when docs/openapi.json has it, because what the server
// says wins over a draft.
import type { paths as drafted } from '../../api/draft'

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
type ById = { id: string }

type Rule = {
  column: string
  starts_with?: string | null
  equals?: string | null
  name?: string | null
  negate?: string[]
  skip?: boolean
}
type Field = {
  column: string
  to: 'property' | 'line' | 'attribute'
  name: string
  kind?: 'auto' | 'text' | 'number' | 'boolean' | 'time'
}
type Mapping = {
  as: 'customers' | 'events'
  user_id?: string | null
  anonymous_id?: string | null
  unidentified?: 'reject' | 'anonymous'
  event?: { name?: string | null; column?: string | null; rules?: Rule[] } | null
  time?: {
    column: string
    format?: 'iso' | 'day_first' | 'month_first' | 'unix_seconds' | 'unix_millis'
    zone?: string
  } | null
  group?: {
    column: string
    lines?: string
    total?: { name: string; multiply: string[] } | null
  } | null
  fields?: Field[]
  constants?: Record<string, unknown>
  message_id?: string | null
  decimal?: 'point' | 'comma'
}
type Facts = {
  format: 'csv' | 'jsonl' | 'parquet'
  gzip: boolean
  encoding: 'utf-8' | 'latin-1'
  delimiter?: string | null
  columns: {
    name: string
    kind: 'text' | 'number' | 'boolean' | 'time' | 'nested' | 'empty'
    filled: number
    examples: string[]
  }[]
  size_bytes: number
  decimal?: 'point' | 'comma'
}
type Progress = {
  phase: 'survey' | 'import'
  rows_done: number
  rows_total?: number | null
  accepted: number
  duplicates: number
  accepted_rows: number
  rejected_rows: number
  skipped_rows: number
  same_as?: string | null
}
type Import = {
  id: string
  name: string
  state: 'uploaded' | 'queued' | 'running' | 'cancelling' | 'cancelled' | 'done' | 'failed'
  facts: Facts
  mapping?: Mapping | null
  source_id?: string | null
  progress: Progress
  error?: string | null
  author: string
  created_at: string
  updated_at: string
}
type RowProblem = {
  row: number
  column?: string | null
  value: string
  message: string
  remedy: string
}
type PreviewItem = {
  rows: Record<string, unknown>[]
  first_row: number
  rows_count: number
  event?: Record<string, unknown> | null
  skipped: boolean
  problems: RowProblem[]
}
type Preview = {
  items: PreviewItem[]
  accepted_rows: number
  rejected_rows: number
  skipped_rows: number
  complete: boolean
  problems: RowProblem[]
}
type Looked = {
  mapping: Mapping
  saved_as?: string | null
  errors: { path: string; message: string; hint?: string | null }[]
  preview?: Preview | null
}
type Start = { mapping: Mapping; source_id?: string; save_mapping_as?: string }

declare module '../../api/draft' {
  interface paths {
    '/api/imports': { get: Get<Page<Import>, { limit?: number; cursor?: string }> }
    '/api/imports/{id}': {
      get: Get<Import, None, ById>
      delete: Change<undefined, undefined, ById>
    }
    '/api/imports/{id}/preview': { post: Change<{ mapping?: Mapping }, Looked, ById> }
    '/api/imports/{id}/start': { post: Change<Start, Import, ById> }
    '/api/imports/{id}/cancel': { post: Change<undefined, Import, ById> }
  }
}

export type { drafted }
