import { Button } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { ErrorPanel, StatusBadge, useFormat } from '../../ui'
import classes from './AgentPage.module.css'
import { type Offer, useOutcome } from './agent'

/** One offer with its script; A and R note the answer while it has the focus. */
export function OfferToMake({ offer, customerId }: { offer: Offer; customerId: string }) {
  const { t } = useTranslation('agent')
  const name = useDefinitionName('offer')
  const outcome = useOutcome()
  const said = outcome.data !== undefined || outcome.isSuccess
  const answer = outcome.variables?.body?.kind
  const note = (kind: 'accept' | 'reject') => {
    if (said || outcome.isPending) return
    const what = offer.contact_id ? { contact_id: offer.contact_id } : { offer: offer.offer }
    const body = { ...what, kind, channel: 'call_center' }
    outcome.mutate({ path: { customer_id: customerId }, body })
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
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
      {offer.propensity != null && <Likelihood propensity={offer.propensity} />}
      {offer.creative.title && <p className={classes.script}>{offer.creative.title}</p>}
      {offer.creative.text && <p className={classes.script}>{offer.creative.text}</p>}
      {outcome.error && <ErrorPanel error={outcome.error} />}
      <div className={classes.buttons}>
        {said && answer === 'accept' && <StatusBadge tone="good" word={t('accepted')} />}
        {said && answer === 'reject' && <StatusBadge tone="bad" word={t('rejected')} />}
      </div>
      {!said && (
        <div className={classes.buttons}>
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

/** How likely the customer accepts, in words first. */
function Likelihood({ propensity }: { propensity: number }) {
  const { t } = useTranslation('agent')
  const format = useFormat()
  const words = t(`likely.${likelihood(propensity)}`)
  const digits = propensity < 0.1 ? 1 : 0
  return (
    <p className={classes.soft}>
      {t('likely.of', { words, count: format.decimal(propensity * 100, digits) })}
    </p>
  )
}

function likelihood(propensity: number): 'very' | 'likely' | 'possible' | 'unlikely' {
  if (propensity >= 0.3) return 'very'
  if (propensity >= 0.1) return 'likely'
  return propensity >= 0.03 ? 'possible' : 'unlikely'
}

const keys = { accept: 'A', reject: 'R' }
