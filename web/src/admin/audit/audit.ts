import { type Answer, type Item, pages, query } from '../../api/query'

export type AuditRow = Item<'/api/audit'>
export type Verification = Answer<'get', '/api/audit/verify'>

/** Straight from the address; empty parts narrow nothing. */
export type AuditFilter = {
  actor?: string
  action?: string
  object_kind?: string
  object_key?: string
}

export const auditPages = (filter: AuditFilter) =>
  pages('/api/audit', { query: { limit: 50, ...filter } })

export const verifyQuery = () => query('/api/audit/verify')

/** Where the browser downloads what the filter leaves. */
export function exportAddress(filter: AuditFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value)
  const text = new URLSearchParams(given).toString()
  return text ? `/api/audit/export?${text}` : '/api/audit/export'
}
