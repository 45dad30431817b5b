import { type Answer, query } from '../api/query'

export type Today = Answer<'get', '/api/today'>

/** The day begins where the reader is. */
export function todayQuery() {
  const midnight = new Date()
  midnight.setHours(0, 0, 0, 0)
  return {
    ...query('/api/today', { query: { since: midnight.toISOString() } }),
    refetchInterval: 10_000,
  }
}
