export type RankedOffer = {
  key: string
  priority: number
  currency: string
  /** It is known to earn nothing, so it is not made. */
  nothing: boolean
  rank: number
  moved: number
}

type Offer = {
  key: string
  category: string
  channels: string[]
  propensity: number
  value_cents: number
  currency: string
  nothing: boolean
  lever: number
}
type Levers = Record<string, unknown>

function leverOf(levers: Levers, name: string): number {
  const factor = levers[name]
  return typeof factor === 'number' ? factor : 1
}

/** Priority of an offer in a channel, where the placement weighs everything the same. */
export function priority(offer: Offer, channel: string, levers: Levers): number {
  const names = [`offer:${offer.key}`, `category:${offer.category}`, `channel:${channel}`]
  const product = names.reduce((all, name) => all * leverOf(levers, name), offer.lever)
  return offer.propensity * offer.value_cents * product
}

function ordered(offers: Offer[], channel: string, levers: Levers) {
  return offers
    .filter((offer) => offer.channels.includes(channel))
    .map((offer) => ({
      key: offer.key,
      priority: priority(offer, channel, levers),
      currency: offer.currency,
      nothing: offer.nothing,
    }))
    .sort((a, b) => b.priority - a.priority || a.key.localeCompare(b.key))
}

/** The order with the levers at hand, and how far each offer moved from the saved ones. */
export function ranking(
  offers: Offer[],
  channel: string,
  levers: Levers,
  saved: Levers,
): RankedOffer[] {
  const before = ordered(offers, channel, saved).map((one) => one.key)
  return ordered(offers, channel, levers).map((one, place) => ({
    ...one,
    rank: place + 1,
    moved: before.indexOf(one.key) - place,
  }))
}
