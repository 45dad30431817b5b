import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import classes from './AgentPage.module.css'
import type { Proposal } from './agent'

/** Reasons that are told at most. */
const most = 3

/** Why this offer came out first, in words; what weighs most stands first. */
export function Why({ proposal, currency }: { proposal: Proposal; currency: string | null }) {
  const { t } = useTranslation('agent')
  const format = useFormat()
  const { assigned_rank, effect, context_weight, lever, value_cents } = proposal
  const money = currency ? format.money(value_cents, currency) : format.number(value_cents)
  const times = (factor: number) => format.decimal(factor, 1)
  const weighed = [
    { factor: context_weight, text: t('why.context', { times: times(context_weight) }) },
    { factor: lever, text: t('why.lever', { times: times(lever) }) },
  ]
    .filter(({ factor }) => factor > 1)
    .sort((a, b) => b.factor - a.factor)
  const reasons = [
    ...(assigned_rank != null ? [t('why.assigned')] : []),
    ...(proposal.explored ? [t('why.explored')] : []),
    ...weighed.map(({ text }) => text),
    effect ? t('why.earns', { value: money }) : t('why.worth', { value: money }),
  ]
  return (
    <ul className={classes.why} aria-label={t('why.title')}>
      {reasons.slice(0, most).map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  )
}
