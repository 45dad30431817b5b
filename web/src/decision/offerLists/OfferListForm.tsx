import { Input, SegmentedControl } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { Problem } from '../../api/problem'
import {
  CriteriaField,
  Fields,
  FormColumns,
  LongTextField,
  NameField,
  PickField,
  useChoices,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { ErrorPanel, Panel, Skeleton, StatusBadge } from '../../ui'
import { offerPath } from '../offers/nav'
import classes from '../offers/OffersPage.module.css'
import { type Membership, previewQuery, useOfferRules } from './offerLists'

/** A list names its offers, or says which belong to it. */
export function OfferListForm() {
  const { t } = useTranslation('offer_lists')
  const form = useForm()
  const offers = useChoices('offer').choices
  const [readable, setReadable] = useState(true)
  const fixed = form.value('/offers') !== undefined
  const change = (how: string) => {
    const { offers: _, rule: __, ...rest } = form.body
    form.set('', how === 'fixed' ? { ...rest, offers: [] } : rest)
  }
  return (
    <FormColumns aside={<InItNow readable={fixed || readable} />}>
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
            <ByRule onRead={setReadable} />
          )}
        </Fields>
      </Panel>
    </FormColumns>
  )
}

/** The rule stands where the offers are not named, also for what the server says of them. */
function ByRule({ onRead }: { onRead: (readable: boolean) => void }) {
  const { t } = useTranslation('offer_lists')
  const rules = useOfferRules()
  const error = useForm().error('/offers')
  useFieldLabel('/offers', t('rule'))
  return (
    <div data-path="/offers">
      <CriteriaField path="/rule" label={t('rule')} about={rules} onRead={onRead} />
      {error && <Input.Error>{error}</Input.Error>}
      <p className={classes.soft}>{t('rule_hint')}</p>
    </div>
  )
}

/** What is in the list as it is written; asks nothing before something is. */
function InItNow({ readable }: { readable: boolean }) {
  const { t } = useTranslation('offer_lists')
  const [settled] = useDebouncedValue(useForm().body, 400)
  const { offers, rule } = settled
  const none = Array.isArray(offers) && offers.length === 0 && t('none_named')
  const nothing = offers === undefined && rule === undefined ? t('no_rule') : none
  const missing = readable ? nothing : t('unreadable')
  return (
    <Panel title={t('in_it')} side="ours">
      {missing ? <p className={classes.soft}>{missing}</p> : <Members written={{ offers, rule }} />}
    </Panel>
  )
}

function Members({ written }: { written: Membership }) {
  const { t } = useTranslation('offer_lists')
  const word = useWord()
  const name = useDefinitionName('offer')
  const preview = useQuery({ ...previewQuery(written), placeholderData: keepPreviousData })
  const problem = preview.error ? Problem.of(preview.error) : null
  return (
    <>
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
              {word('category', offer.category)} · {word('state', offer.state)}
            </span>
          </li>
        ))}
      </ol>
      {preview.data?.missing.map((key) => (
        <StatusBadge key={key} tone="warn" word={t('missing', { key })} />
      ))}
    </>
  )
}
