import { useTranslation } from 'react-i18next'
import { useWord } from '../locales/words'
import type { IconName } from '../ui'
import { useDefinitionName } from './names'
import type { Item } from './query'

type TimelineItem = Item<'/api/customers/{customer_id}/timeline'>

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** The heading of an item in the language of the screen; falls back to the server's own. */
export function useItemTitle(): (item: TimelineItem) => string {
  const { t } = useTranslation('customers')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  return (item) => {
    const { body } = item
    const offer = text(body.offer)
    switch (item.kind) {
      case 'event':
        return word('event', text(body.event) ?? item.title)
      case 'contact':
        return offer ? t('item.contact', { offer: offerName(offer) }) : item.title
      case 'response': {
        const kind = word('response', text(body.kind) ?? item.title)
        return offer ? t('item.response', { kind, offer: offerName(offer) }) : kind
      }
      case 'consent': {
        const channel = word('channel', text(body.channel))
        return t('item.consent', { channel, state: word('consent', text(body.state)) })
      }
      case 'message':
        return text(body.subject) ?? item.title
      case 'decision':
        return item.title
      case 'identify':
      case 'merge':
      case 'unmerge':
        return word('kind', item.kind)
    }
  }
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
  message: 'mail',
}

export function itemIcon(item: TimelineItem): IconName {
  const known = item.kind === 'event' ? eventIcons[text(item.body.event) ?? item.title] : undefined
  return known ?? icons[item.kind]
}
