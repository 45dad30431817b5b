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

/** What is done to things, for the filter; others can be typed into the address. */
export const actions = [
  'create',
  'save',
  'change',
  'publish',
  'retire',
  'restore',
  'revoke',
  'rotate',
  'sign_in',
  'sign_out',
  'replace_password',
  'set_up',
  'hold',
  'release',
  'backup',
  'erase',
  'redact',
  'run',
  'pause',
  'resume',
  'start_over',
] as const

export const kinds = [
  'offer',
  'offer_list',
  'cap',
  'placement',
  'policy',
  'strategy',
  'offer_template',
  'template',
  'journey',
  'goal',
  'experiment',
  'segment',
  'suppression_list',
  'feed',
  'user',
  'key',
  'session',
  'system',
] as const
