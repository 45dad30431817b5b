import { queryOptions, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Body, call, query } from '../../api/query'
import type { RuleSubject } from '../../app/definition'

const preview = '/api/offer-lists/preview'

/** What says which offers are in a list. */
export type Membership = { offers: unknown; rule: unknown }

/** Whether it can be shown is what the server answers; what the list is called does not matter. */
const onTheWire = (written: Membership) =>
  ({ name: { en: '' }, ...written }) as Body<'post', typeof preview>['body']

export const previewQuery = (written: Membership) =>
  queryOptions({
    queryKey: [preview, written],
    queryFn: () => call('post', preview, { body: { body: onTheWire(written) } }),
    retry: false,
  })

/** Rules about offers: conditions are made of what offers have in this installation. */
export function useOfferRules(): RuleSubject {
  const { t } = useTranslation('offer_lists')
  const read = useQuery({ ...query('/api/offer-lists/vocabulary'), staleTime: 60_000 })
  const words = read.data ?? []
  const first = (attribute: string) =>
    JSON.stringify(words.find((one) => one.attribute === attribute)?.values[0] ?? '…')
  const today = new Date().toISOString().slice(0, 10)
  return {
    check: '/api/offer-lists/check',
    conditions: [
      { name: t('condition.category'), text: `category is ${first('category')}` },
      { name: t('condition.tag'), text: `tags contains ${first('tags')}` },
      { name: t('condition.channel'), text: `channels contains ${first('channels')}` },
      { name: t('condition.value'), text: 'value_cents >= 1000' },
      { name: t('condition.margin'), text: 'margin_cents >= 500' },
      { name: t('condition.key'), text: `key starts with ${first('key')}` },
      {
        name: t('condition.valid'),
        text: `(valid_until after ${today} or valid_until does not exist)`,
      },
      ...words
        .filter(({ own }) => own)
        .map(({ attribute }) => ({
          name: t('condition.own', { attribute }),
          text: `${attribute} exists`,
        })),
    ],
    words: words.map(({ attribute, values }) => ({ name: attribute, values })),
    empty: t('no_rule_yet'),
  }
}
