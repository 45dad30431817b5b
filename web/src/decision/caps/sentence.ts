import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useChoices } from '../../app/definition'
import { useWord } from '../../locales/words'
import { useFormat } from '../../ui'
import { offerOf } from '../offers/offers'
import { currencyOf } from './caps'

const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

const measures = ['contacts', 'acceptances', 'spend'] as const
const periods = ['total', 'day', 'week', 'month'] as const

/** A cap as people would say it. */
export function useSentence(): (body: Record<string, unknown>) => string {
  const { t, i18n } = useTranslation('caps')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  const offers = useChoices('offer').items.map(({ key, body }) => ({ ...offerOf(body), key }))
  const money = (body: Record<string, unknown>, cents: number) => {
    const concerned = { offers: texts(body.offers), categories: texts(body.categories) }
    const currency = currencyOf(concerned, offers)
    return currency ? format.money(cents, currency) : format.decimal(cents / 100, 2)
  }
  const list = (all: string[]) => new Intl.ListFormat(i18n.language).format(all)
  return (body) => {
    const measure = measures.find((one) => one === body.measure) ?? 'contacts'
    const period = periods.find((one) => one === body.per) ?? 'total'
    const amount = Number(body.at_most ?? 0)
    const concerns = [
      ...texts(body.offers).map(offerName),
      ...texts(body.categories).map((one) => word('category', one)),
      ...texts(body.placements).map(placementName),
      ...texts(body.channels).map((one) => word('channel', one)),
    ]
    return t(`sentence.${measure}`, {
      amount: measure === 'spend' ? money(body, amount) : format.number(amount),
      period: t(`period.${period}`),
      concerns: concerns.length > 0 ? list(concerns) : t('sentence.all'),
    })
  }
}
