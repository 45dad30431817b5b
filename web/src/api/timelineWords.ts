import { useTranslation } from 'react-i18next'
import { useWord } from '../locales/words'
import { type Format, type IconName, type Tone, useFormat } from '../ui'
import { useDefinitionName } from './names'
import type { Item } from './query'

export type TimelineItem = Item<'/api/customers/{customer_id}/timeline'>

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined)
const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
const fields = (value: unknown): Record<string, unknown> =>
  // The cast holds: any object may be read by names.
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}

/** The heading of an item in the language of the screen; falls back to the server's own. */
export function useItemTitle(): (item: TimelineItem) => string {
  const { t } = useTranslation('words')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  return (item) => {
    const { body } = item
    const offer = text(body.offer)
    switch (item.kind) {
      case 'event':
        return word('event', text(body.event) ?? item.title)
      case 'contact':
        if (offer && body.control === true) return t('item.withheld', { offer: offerName(offer) })
        if (offer) return t('item.contact', { offer: offerName(offer) })
        return body.message ? t('item.message') : item.title
      case 'response': {
        const kind = word('response', text(body.name) ?? text(body.kind))
        return offer ? t('item.response', { kind, offer: offerName(offer) }) : kind
      }
      case 'consent': {
        const channel = word('channel', text(body.channel))
        return t('item.consent', { channel, state: word('consent', text(body.state)) })
      }
      case 'identify': {
        const user = text(body.user_id)
        return user ? t('item.identified', { user }) : word('kind', 'identify')
      }
      case 'decision':
      case 'merge':
      case 'unmerge':
        return word('kind', item.kind)
    }
  }
}

function money(cents: unknown, currency: unknown, format: Format): string | undefined {
  const amount = number(cents)
  const code = text(currency)
  return amount !== undefined && code ? format.money(amount, code) : undefined
}

/** What a decision answered: the offers by name, or why there are none. */
function answers(
  body: TimelineItem['body'],
  offerName: (key: string) => string,
  word: ReturnType<typeof useWord>,
): string[] {
  if (!Array.isArray(body.placements)) return []
  return body.placements.map(fields).map((placement) => {
    const offers = Array.isArray(placement.offers) ? placement.offers : []
    const named = offers.flatMap((one) => text(fields(one).offer) ?? []).map(offerName)
    return named.length > 0 ? named.join(', ') : word('outcome', text(placement.reason))
  })
}

/** Total, products and order of an event, or its one product, as far as it has them. */
function eventFacts(item: TimelineItem, format: Format, t: Words): (string | undefined)[] | null {
  const properties = fields(item.body.properties)
  const { products, total, revenue, currency, name, price } = properties
  const amount = number(total) ?? number(revenue) ?? number(price)
  const code = text(currency)
  if (!Array.isArray(products)) {
    return text(name) && amount !== undefined && code
      ? [text(name), format.amount(amount, code)]
      : null
  }
  const named = products.flatMap((one) => text(fields(one).name) ?? []).slice(0, 3)
  return [
    named.length > 0 ? named.join(', ') : t('item.products', { count: products.length }),
    amount !== undefined && code ? format.amount(amount, code) : undefined,
    text(properties.order_id) && t('item.order', { order: text(properties.order_id) ?? '' }),
  ]
}

type Words = ReturnType<typeof useTranslation<'words'>>['t']

/** The facts of an item in one line, in the language of the screen. */
export function useItemSummary(): (item: TimelineItem) => string {
  const { t } = useTranslation('words')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  const segmentName = useDefinitionName('segment')
  const experimentName = useDefinitionName('experiment')
  const facts = (item: TimelineItem): (string | undefined)[] => {
    const { body } = item
    const placement = text(body.placement)
    const category = text(body.category)
    switch (item.kind) {
      case 'event': {
        const properties = fields(body.properties)
        const segment = item.side === 'system' && text(properties.segment)
        if (segment) return [segmentName(segment)]
        const experiment = body.event === 'Experiment Viewed' && text(properties.experiment_id)
        if (experiment) {
          const variant = text(properties.variation_id)
          return [
            experimentName(experiment),
            variant && t('item.variant', { variant }),
            properties.phase === 'holdout' ? t('item.holdout') : undefined,
          ]
        }
        return eventFacts(item, format, t) ?? [item.summary]
      }
      case 'contact':
        return [placement && placementName(placement), category && word('category', category)]
      case 'response':
        return [
          body.inferred === true && body.kind === 'accept' ? t('item.inferred') : undefined,
          body.in_control === true ? t('item.in_control') : undefined,
          money(body.value_cents, body.currency, format),
          number(body.credit) !== undefined && body.credit !== 1
            ? t('item.credit', { share: format.percent(number(body.credit) ?? 0) })
            : undefined,
          body.name === 'redeemed' && text(body.note)
            ? t('item.till', { till: text(body.note) })
            : text(body.note),
        ]
      case 'consent':
        return [word('purpose', text(body.purpose)), text(body.source), text(body.proof)]
      case 'merge':
        return [text(body.merged), word('merge', text(body.reason))]
      case 'unmerge':
        return [text(body.merged)]
      case 'identify':
        return [Object.keys(fields(body.traits)).slice(0, 4).join(', ') || item.summary]
      case 'decision': {
        const answered = answers(body, offerName, word)
        return answered.length > 0 ? answered : [item.summary]
      }
    }
  }
  return (item) =>
    facts(item)
      .filter((one) => one)
      .join(' · ')
}

/** Where a contact stands, if that is worth a word beside its title. */
export function contactStanding(
  item: TimelineItem,
): { word: 'reserved' | 'released' | 'control'; tone: Tone } | undefined {
  if (item.kind !== 'contact') return undefined
  if (item.body.control === true) return { word: 'control', tone: 'warn' }
  if (item.body.status === 'reserved') return { word: 'reserved', tone: 'plain' }
  if (item.body.status === 'released') return { word: 'released', tone: 'plain' }
  return undefined
}

const eventIcons: Record<string, IconName> = {
  'Product Added': 'cart',
  'Product Removed': 'cart',
  'Cart Viewed': 'cart',
  'Cart Updated': 'cart',
  'Checkout Started': 'cart',
  'Order Completed': 'check',
  'Product Viewed': 'eye',
  'Call Logged': 'phone',
}

const icons: Record<TimelineItem['kind'], IconName> = {
  event: 'click',
  identify: 'user',
  contact: 'offer',
  response: 'message',
  decision: 'decision',
  consent: 'policy',
  merge: 'merge',
  unmerge: 'merge',
}

export function itemIcon(item: TimelineItem): IconName {
  if (item.kind === 'contact' && item.body.message) return 'mail'
  const known = item.kind === 'event' ? eventIcons[text(item.body.event) ?? item.title] : undefined
  return known ?? icons[item.kind]
}
