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

type Concerned = { key: string; category?: string; currency?: string }

/** The currency of a budget: that of the offers that it counts, when they have one in common. */
export function currencyOf(
  cap: { offers: string[]; categories: string[] },
  offers: Concerned[],
): string | undefined {
  const among = (list: string[], one = '') => list.length === 0 || list.includes(one)
  const concerned = offers.filter(
    (offer) => among(cap.offers, offer.key) && among(cap.categories, offer.category),
  )
  const [currency, ...others] = new Set(concerned.flatMap((offer) => offer.currency ?? []))
  return others.length === 0 ? currency : undefined
}
