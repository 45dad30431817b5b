import { Button } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { type Evidence, useGuess } from '../../api/learned'
import { useDefinitionName } from '../../api/names'
import { ErrorPanel, StatusBadge, useFormat } from '../../ui'
import classes from './AgentPage.module.css'
import { type Offer, type Proposal, useOutcome } from './agent'
import { Code, readable } from './Code'
import { Why } from './Why'

/** One offer with its script; T, A and R note what was said while it has the focus. */
export function OfferToMake({
  offer,
  proposal,
  evidence,
  currency,
  customerId,
}: {
  offer: Offer
  proposal: Proposal | undefined
  evidence: Evidence | undefined
  currency: string | null
  customerId: string
}) {
  const { t } = useTranslation('agent')
  const name = useDefinitionName('offer')
  const outcome = useOutcome()
  const told = useOutcome()
  const said = outcome.data !== undefined || outcome.isSuccess
  const answer = outcome.variables?.body?.kind
  const about = offer.contact_id ? { contact_id: offer.contact_id } : { offer: offer.offer }
  const path = { customer_id: customerId }
  const note = (kind: 'accept' | 'reject') => {
    if (said || outcome.isPending) return
    outcome.mutate({ path, body: { ...about, kind, channel: 'call_center' } })
  }
  const tell = () => {
    if (said || told.isSuccess || told.isPending) return
    told.mutate({ path, body: { ...about, kind: 'view', channel: 'call_center' } })
  }
  const script = (text: string) =>
    offer.code && !readable(offer.code) ? text.replaceAll(offer.code, t('coupon_word')) : text
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 't') tell()
    if (event.key === 'a') note('accept')
    if (event.key === 'r') note('reject')
  }
  return (
    <article
      className={classes.offer}
      tabIndex={0}
      data-row=""
      aria-label={name(offer.offer)}
      onKeyDown={onKey}
    >
      <h3>{name(offer.offer)}</h3>
      {offer.propensity != null && <Likelihood propensity={offer.propensity} evidence={evidence} />}
      {offer.creative.title && <p className={classes.script}>{script(offer.creative.title)}</p>}
      {offer.creative.text && <p className={classes.script}>{script(offer.creative.text)}</p>}
      {offer.code && <Code code={offer.code} />}
      {proposal && <Why proposal={proposal} currency={currency} />}
      {told.error && <ErrorPanel error={told.error} />}
      {outcome.error && <ErrorPanel error={outcome.error} />}
      <div className={classes.buttons}>
        {said && answer === 'accept' && <StatusBadge tone="good" word={t('accepted')} />}
        {said && answer === 'reject' && <StatusBadge tone="bad" word={t('rejected')} />}
        {!said && told.isSuccess && <StatusBadge tone="ours" word={t('told')} />}
      </div>
      {!said && (
        <div className={classes.buttons}>
          {!told.isSuccess && (
            <Button variant="default" loading={told.isPending} onClick={tell}>
              {t('tell')}
              <kbd>{keys.tell}</kbd>
            </Button>
          )}
          <Button loading={outcome.isPending} onClick={() => note('accept')}>
            {t('accept')}
            <kbd>{keys.accept}</kbd>
          </Button>
          <Button variant="default" disabled={outcome.isPending} onClick={() => note('reject')}>
            {t('reject')}
            <kbd>{keys.reject}</kbd>
          </Button>
        </div>
      )}
    </article>
  )
}

/** How likely the customer accepts, in words first, and whether that can be relied on. */
function Likelihood({
  propensity,
  evidence,
}: {
  propensity: number
  evidence: Evidence | undefined
}) {
  const { t } = useTranslation('agent')
  const format = useFormat()
  const guess = useGuess()
  const words = t(`likely.${likelihood(propensity)}`)
  const digits = propensity < 0.1 ? 1 : 0
  return (
    <p className={classes.soft}>
      {t('likely.of', { words, count: format.decimal(propensity * 100, digits) })}
      {evidence && evidence.kind !== 'proven' && <> {guess(evidence)}</>}
    </p>
  )
}

const likelihoods = [
  [0.5, 'likely'],
  [0.2, 'well'],
  [0.05, 'possible'],
  [0, 'unlikely'],
] as const

function likelihood(propensity: number) {
  return likelihoods.find(([least]) => propensity >= least)?.[1] ?? 'unlikely'
}

const keys = { tell: 'T', accept: 'A', reject: 'R' }
