import { SegmentedControl } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { Problem } from '../../api/problem'
import { type Body, call } from '../../api/query'
import {
  type AnyBody,
  CriteriaField,
  Fields,
  FormColumns,
  LongTextField,
  NameField,
  PickField,
  useChoices,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { ErrorPanel, Panel, Skeleton, StatusBadge } from '../../ui'
import { offerPath } from '../offers/nav'
import classes from '../offers/OffersPage.module.css'

/** A list names its offers, or says which belong to it. */
export function OfferListForm() {
  const { t } = useTranslation('offer_lists')
  const form = useForm()
  const offers = useChoices('offer').choices
  const fixed = form.value('/offers') !== undefined
  const change = (how: string) => {
    const { offers: _, rule: __, ...rest } = form.body
    const next =
      how === 'fixed' ? { offers: [] } : { rule: { attribute: 'category', exists: true } }
    form.set('', { ...rest, ...next })
  }
  return (
    <FormColumns aside={<InItNow />}>
      <Panel title={t('general')}>
        <Fields>
          <NameField />
          <LongTextField path="/description" label={t('description')} rows={2} />
        </Fields>
      </Panel>
      <Panel title={t('offers')}>
        <Fields>
          <SegmentedControl
            aria-label={t('how')}
            disabled={form.readOnly}
            value={fixed ? 'fixed' : 'rule'}
            data={[
              { value: 'fixed', label: t('named') },
              { value: 'rule', label: t('by_rule') },
            ]}
            onChange={change}
          />
          {fixed ? (
            <PickField path="/offers" label={t('named')} hint={t('order_hint')} choices={offers} />
          ) : (
            <>
              <CriteriaField path="/rule" label={t('rule')} aboutCustomers={false} />
              <p className={classes.soft}>{t('rule_hint')}</p>
            </>
          )}
        </Fields>
      </Panel>
    </FormColumns>
  )
}

function InItNow() {
  const { t } = useTranslation('offer_lists')
  const word = useWord()
  const name = useDefinitionName('offer')
  const [body] = useDebouncedValue(useForm().body, 400)
  const preview = useQuery({
    queryKey: ['/api/offer-lists/preview', body],
    queryFn: () => call('post', '/api/offer-lists/preview', { body: { body: onTheWire(body) } }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const problem = preview.error ? Problem.of(preview.error) : null
  return (
    <Panel title={t('in_it')} side="ours">
      {preview.isPending && <Skeleton lines={3} />}
      {problem && problem.status !== 422 && (
        <ErrorPanel error={problem} retry={() => preview.refetch()} />
      )}
      {problem?.status === 422 && <p className={classes.soft}>{t('not_yet')}</p>}
      {preview.data?.offers.length === 0 && <StatusBadge tone="warn" word={t('nothing_in_it')} />}
      <ol className={classes.inside}>
        {preview.data?.offers.map((offer) => (
          <li key={offer.key}>
            <Link to={offerPath(offer.key)}>{name(offer.key)}</Link>{' '}
            <span className={classes.soft}>
              {offer.category} · {word('state', offer.state)}
            </span>
          </li>
        ))}
      </ol>
      {preview.data?.missing.map((key) => (
        <StatusBadge key={key} tone="warn" word={t('missing', { key })} />
      ))}
    </Panel>
  )
}

/** Whether it is a list yet is what the server answers. */
const onTheWire = (body: AnyBody) => body as Body<'post', '/api/offer-lists/preview'>['body']
