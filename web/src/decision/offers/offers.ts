import type { AnyBody, Definition } from '../../app/definition'

/** The body of an offer as far as the screens read it; drafts may lack any of it. */
export type Offer = {
  name?: Record<string, string>
  template?: string
  attributes?: Record<string, unknown>
  category?: string
  value_cents?: number
  cost_cents?: number
  currency?: string
  propensity?: number
  lever?: number
  channels?: string[]
  creatives?: Creative[]
  valid_from?: string | null
  valid_until?: string | null
  control_fraction?: number
  variants?: Variant[]
  code?: { kind: 'pool' | 'coupon' }
  tags?: string[]
  owner?: string
}

export type Variant = {
  key: string
  creatives?: Creative[]
}

export type Creative = {
  channel: string
  language: string
  title?: string
  text?: string
  image_url?: string
  link_url?: string
  template?: string
}

/** The server checked the body when it was saved; its description leaves the type open. */
export const offerOf = (body: unknown) => body as Offer

export type Validity = 'now' | 'later' | 'ended' | 'ends_soon'

const soon = 7 * 86_400_000

export function validity(offer: Offer, now: number): Validity {
  const from = offer.valid_from ? Date.parse(offer.valid_from) : Number.NEGATIVE_INFINITY
  const until = offer.valid_until ? Date.parse(offer.valid_until) : Number.POSITIVE_INFINITY
  if (now >= until) return 'ended'
  if (now < from) return 'later'
  return until - now < soon ? 'ends_soon' : 'now'
}

export const spokenLanguages = ['en', 'zh'] as const

/** The languages in which a creative is missing for some channel. */
export function missing(offer: Offer): { channel: string; language: string }[] {
  const has = (channel: string, language: string) =>
    (offer.creatives ?? []).some(
      (one) => one.channel === channel && one.language.slice(0, 2) === language,
    )
  return (offer.channels ?? []).flatMap((channel) =>
    spokenLanguages
      .filter((language) => !has(channel, language))
      .map((language) => ({ channel, language })),
  )
}

export type Filter = { channel?: string; category?: string; valid?: string; tag?: string }

export function keeps(filter: Filter, now: number): (body: AnyBody) => boolean {
  return (body) => {
    const offer = offerOf(body)
    if (filter.channel && !offer.channels?.includes(filter.channel)) return false
    if (filter.category && offer.category !== filter.category) return false
    if (filter.tag && !offer.tags?.includes(filter.tag)) return false
    return !filter.valid || validity(offer, now) === filter.valid
  }
}

export const categories = (offers: Definition[]) =>
  [...new Set(offers.flatMap((one) => offerOf(one.body).category ?? []))].sort()

export const tags = (offers: Definition[]) =>
  [...new Set(offers.flatMap((one) => offerOf(one.body).tags ?? []))].sort()

export const blank: AnyBody = {
  name: { en: '' },
  template: '',
  attributes: {},
  category: '',
  value_cents: 0,
  cost_cents: 0,
  currency: 'GBP',
  propensity: 0.1,
  lever: 1,
  channels: ['web'],
  creatives: [{ channel: 'web', language: 'en', title: '', text: '' }],
  suppress: { after_accept_days: 30, after_reject_days: 14, after_views: 5, views_days: 7 },
  control_fraction: 0.05,
}
