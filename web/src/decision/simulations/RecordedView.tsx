import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { AsOf, Facts, Panel, StatusBadge, type Tone, useFormat } from '../../ui'
import { EstimatesTable } from './EstimatesTable'
import { RecordedOffers } from './RecordedOffers'
import classes from './Simulation.module.css'
import type { Recorded, RecordedSide } from './simulations'
import { type MeasureName, useEarned } from './useEarned'

const tones: Record<RecordedSide['evaluation']['verdict']['word'], Tone> = {
  refused: 'warn',
  unchanged: 'plain',
  better: 'good',
  worse: 'bad',
  undecided: 'plain',
}

/** Whether rules that change nothing show something else on average than was drawn then. */
const differs = ({ evaluation, offers }: RecordedSide) =>
  evaluation.verdict.word === 'unchanged' &&
  offers.some((one) => Math.abs(one.tried - one.recorded) >= 0.5)

/** What the tried rules would have earned, with intervals, and what can be said of it. */
export function RecordedView({ result, measure }: { result: Recorded; measure: MeasureName }) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const names = result.sides.map((side, at) => (at === 0 ? t('side.published') : side.name))
  return (
    <>
      <div className={classes.verdicts}>
        {result.sides.map((side, at) => (
          <Panel key={names[at]} title={names[at] ?? ''} side="ours">
            <VerdictText result={result} measure={measure} side={side} />
          </Panel>
        ))}
      </div>
      <Panel title={t('estimates.title')} aside={<AsOf at={result.as_of} />} flush>
        <EstimatesTable result={result} measure={measure} names={names} />
      </Panel>
      <Panel title={t('offers.title')} flush>
        <RecordedOffers result={result} names={names} />
      </Panel>
      <Panel title={t('basis.title')}>
        <Facts
          facts={[
            {
              name: t('basis.decisions'),
              value: result.since
                ? t('basis.looked_at_since', {
                    looked: format.number(result.looked_at),
                    since: format.date(result.since),
                  })
                : t('basis.looked_at', { looked: format.number(result.looked_at) }),
            },
            { name: t('basis.turns'), value: format.number(result.turns) },
            { name: t('basis.repeated'), value: format.number(result.left_out.repeated) },
            { name: t('basis.control'), value: format.number(result.left_out.control) },
            { name: t('basis.empty'), value: format.number(result.left_out.empty) },
            { name: t('basis.unreadable'), value: format.number(result.left_out.unreadable) },
            ...(result.reproduced
              ? [
                  {
                    name: t('basis.reproduced'),
                    value: t('basis.reproduced_of', {
                      same: format.number(result.reproduced.same),
                      asked: format.number(result.reproduced.asked),
                    }),
                  },
                ]
              : []),
          ]}
        />
      </Panel>
    </>
  )
}

function VerdictText({
  result,
  measure,
  side,
}: {
  result: Recorded
  measure: MeasureName
  side: RecordedSide
}) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const earned = useEarned(result, measure)
  const offerName = useDefinitionName('offer')
  const { evaluation } = side
  const { verdict, difference, doubly_robust, changed } = evaluation
  const number = (value: unknown) => format.number(Math.round(Number(value ?? 0)))
  return (
    <div className={classes.verdict}>
      <StatusBadge tone={tones[verdict.word]} word={t(`verdict.${verdict.word}`)} />
      <p>
        {t(`verdict_text.${differs(side) ? 'unchanged_drawn' : verdict.word}`, {
          unit: earned.unit,
          difference: earned.signed(difference.value),
          low: earned.signed(difference.low),
          high: earned.signed(difference.high),
          value: earned.text(doubly_robust.value),
        })}
      </p>
      {(verdict.refused_because ?? []).length > 0 && (
        <ul className={classes.reasons}>
          {(verdict.refused_because ?? []).map((one) => {
            const detail = one.detail as Record<string, number>
            return (
              <li key={one.code}>
                {t(`refusal.${one.code as 'unsupported'}`, {
                  defaultValue: one.message,
                  effective: number(detail.effective),
                  needed: number(detail.needed),
                  share: format.percent(detail.share ?? 0),
                  found: number(detail.count),
                })}
              </li>
            )
          })}
        </ul>
      )}
      <p className={classes.soft}>
        {t('verdict_changed', { share: format.percent(changed) })}
        {side.unsure > 0 && ` ${t('verdict_unsure', { share: format.percent(side.unsure) })}`}
        {side.unknown_offers.length > 0 &&
          ` ${t('verdict_unknown', { offers: side.unknown_offers.map(offerName).join(', ') })}`}
      </p>
    </div>
  )
}
