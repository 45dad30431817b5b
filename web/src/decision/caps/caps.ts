import { type Answer, query } from '../../api/query'

export type CapUsage = Answer<'get', '/api/caps/usage'>['items'][number]

/** How far caps are used: of one offer, or of all. */
export const usageQuery = (offer?: string) => query('/api/caps/usage', { query: { offer } })

/** Where the bar of a cap ends and where it may be by now, in per cent of its width. */
export function shares(usage: Pick<CapUsage, 'taken' | 'held' | 'allowed' | 'at_most'>): {
  used: number
  held: number
  allowed: number
} {
  const whole = Math.max(usage.at_most, usage.taken, 1)
  const percent = (amount: number) => Math.min(100, (100 * amount) / whole)
  return {
    used: percent(usage.taken - usage.held),
    held: percent(usage.held),
    allowed: percent(usage.allowed),
  }
}
