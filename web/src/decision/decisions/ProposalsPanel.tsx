import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useGuess, useLearned } from '../../api/learned'
import { useDefinitionName } from '../../api/names'
import { useReasonText } from '../../api/reasonText'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  FactorBar,
  Panel,
  rowsOf,
  StatusBadge,
  type Tone,
  useFormat,
  useUrl,
} from '../../ui'
import classes from './DecisionPage.module.css'
import type { Decision, Proposal } from './decisions'
import { WhyNot } from './WhyNot'

const tones: Record<Proposal['state'], Tone> = {
  chosen: 'ours',
  eligible: 'plain',
  rejected: 'bad',
}
const order: Proposal['state'][] = ['chosen', 'eligible', 'rejected']

/** Chosen first, then by priority: the order in which one reads why. */
function inOrder(a: Proposal, b: Proposal): number {
  return order.indexOf(a.state) - order.indexOf(b.state) || b.priority - a.priority
}

/** Every offer that was considered, its factors and all reasons against it. */
export function ProposalsPanel({ decision }: { decision: Decision }) {
  const { t } = useTranslation('decisions')
  const placementName = useDefinitionName('placement')
  const [search, setSearch] = useUrl()
  const places = [...new Set(decision.proposals.map((one) => one.placement))]
  const place = search.placement ?? places[0]
  const shown = decision.proposals.filter((one) => one.placement === place).sort(inOrder)
  return (
    <Panel
      title={t('proposals.title')}
      flush
      aside={
        places.length > 1 && (
          <NativeSelect
            aria-label={t('proposals.placement')}
            value={place}
            onChange={(event) => setSearch({ placement: event.currentTarget.value })}
            data={places.map((value) => ({ value, label: placementName(value) }))}
          />
        )
      }
    >
      <DataTable
        bare
        label={t('proposals.title')}
        columns={useColumns(decision, shown)}
        rows={rowsOf(shown)}
        rowKey={(row) => `${row.offer}/${row.variant ?? ''}`}
        empty={<EmptyState title={t('proposals.empty')} text={t('proposals.empty_text')} />}
      />
      <div className={classes.legend}>
        {t('proposals.legend')} {t('proposals.guesses')}
      </div>
    </Panel>
  )
}

function useColumns(decision: Decision, shown: Proposal[]): Column<Proposal>[] {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  const expected = (cents: number) =>
    decision.currency ? format.expected(cents, decision.currency) : format.decimal(cents, 1)
  const { evidence } = useLearned(decision.channel ?? undefined)
  const guess = useGuess()
  const reliance = (offer: string) => {
    const known = evidence(offer)
    return known && known.kind !== 'proven' ? guess(known) : undefined
  }
  const greatest = Math.max(
    ...shown.map((one) => Math.max(one.priority, one.propensity * one.value_cents)),
  )
  return [
    {
      key: 'offer',
      header: t('column.offer'),
      wrap: true,
      cell: (row) => (
        <div className={classes.proposal}>
          <span>
            <b>{offerName(row.offer)}</b>{' '}
            <span className={classes.soft}>
              {row.variant && `${t('variant', { variant: row.variant })} · `}
              {t('version', { version: row.version })}
            </span>
          </span>
          <StatusBadge
            tone={row.control_group ? 'warn' : tones[row.state]}
            word={row.control_group ? word('contact', 'control') : word('proposal', row.state)}
          />
        </div>
      ),
    },
    {
      key: 'reasons',
      header: t('column.reasons'),
      wrap: true,
      cell: (row) => <Reasons decision={decision} proposal={row} />,
    },
    {
      key: 'factors',
      header: t('column.priority'),
      wrap: true,
      cell: (row) => (
        <>
          <b>{expected(row.priority)}</b>
          <FactorBar
            base={row.propensity * row.value_cents}
            greatest={greatest}
            factors={[
              { name: t('factor.context'), factor: row.context_weight },
              { name: t('factor.lever'), factor: row.lever },
            ]}
            text={t('factor.formula', {
              propensity: format.percent(row.propensity),
              value: decision.currency
                ? format.money(row.value_cents, decision.currency)
                : format.number(row.value_cents),
              weight: format.decimal(row.context_weight),
              lever: format.decimal(row.lever),
            })}
          />
          {reliance(row.offer) && <div className={classes.soft}>{reliance(row.offer)}</div>}
          <Evidence decision={decision} proposal={row} />
        </>
      ),
    },
    { key: 'rank', header: t('column.rank'), align: 'end', cell: (row) => row.rank ?? '–' },
  ]
}

/** Where the value and the place of a proposal come from, when that is not the offer itself. */
function Evidence({ decision, proposal }: { decision: Decision; proposal: Proposal }) {
  const { t } = useTranslation('decisions')
  const format = useFormat()
  const money = (cents: number) =>
    decision.currency ? format.money(cents, decision.currency) : format.number(cents)
  const { effect, assigned_rank, stated_value_cents } = proposal
  return (
    <>
      {assigned_rank != null && (
        <div className={classes.soft}>{t('evidence.assigned', { rank: assigned_rank })}</div>
      )}
      {effect && (
        <div className={classes.soft}>
          {t(effect.nothing ? 'evidence.nothing' : 'evidence.incremental', {
            value: money(proposal.value_cents),
            stated: money(stated_value_cents),
            effect: money(Math.round(effect.effect_cents)),
            error: money(Math.round(effect.error_cents)),
            treated: format.number(effect.treated),
            control: format.number(effect.control),
            chance: format.percent(effect.chance),
          })}
        </div>
      )}
    </>
  )
}

const isBehind = (reason: { code: string }) => reason.code === 'lower_priority'

function Reasons({ decision, proposal }: { decision: Decision; proposal: Proposal }) {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const format = useFormat()
  const text = useReasonText()
  const others = decision.proposals.filter((one) => one.placement === proposal.placement)
  const lost = others.some((one) => one.state === 'chosen' && one.priority < proposal.priority)
  const won = others.some((one) => one.reasons.some(isBehind) && one.priority > proposal.priority)
  const hasLuck = proposal.drawn !== proposal.propensity || proposal.explored
  return (
    <>
      <ul className={classes.reasons}>
        {proposal.state === 'chosen' && proposal.reasons.length === 0 && (
          <li>{won ? t('luck.won') : word('reason', 'chosen')}</li>
        )}
        {proposal.reasons.map((reason) => (
          <li key={reason.code + reason.message}>
            {lost && isBehind(reason) ? t('luck.lost') : text(reason).reason}
            <div className={classes.soft}>{text(reason).detail}</div>
          </li>
        ))}
        {proposal.drawn != null && proposal.probability != null && hasLuck && (
          <li className={classes.soft}>
            {t('luck.drawn', {
              drawn: format.percent(proposal.drawn),
              probability: format.percent(proposal.probability),
            })}{' '}
            {proposal.explored && t('luck.explored')}
          </li>
        )}
      </ul>
      {decision.decision_id && (
        <WhyNot
          decisionId={decision.decision_id}
          proposal={proposal}
          currency={decision.currency ?? null}
        />
      )}
    </>
  )
}
