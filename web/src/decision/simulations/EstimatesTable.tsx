import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import { Interval } from './Interval'
import classes from './Simulation.module.css'
import type { Estimate, Recorded, RecordedSide } from './simulations'
import { type MeasureName, useEarned } from './useEarned'

const estimators = ['recorded', 'doubly_robust', 'snips', 'ips', 'direct'] as const

/** Every estimator with its interval as a line and in figures, side by side. */
export function EstimatesTable({
  result,
  measure,
  names,
}: {
  result: Recorded
  measure: MeasureName
  names: string[]
}) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const earned = useEarned(result, measure)
  const of = (side: RecordedSide) => estimators.map((one) => side.evaluation[one])
  const all = result.sides.flatMap(of)
  const low = Math.min(...all.map((one) => one.low), 0)
  const high = Math.max(...all.map((one) => one.high))
  const cell = (estimate: Estimate) => (
    <>
      <b>{earned.text(estimate.value)}</b>{' '}
      <span className={classes.soft}>
        {t('estimates.interval', {
          low: earned.text(estimate.low),
          high: earned.text(estimate.high),
        })}
      </span>
      <Interval estimate={estimate} low={low} high={high} />
    </>
  )
  const weights = [
    ['effective', (one: RecordedSide) => format.number(Math.round(one.evaluation.effective))],
    [
      'effective_changed',
      (one: RecordedSide) => format.number(Math.round(one.evaluation.effective_changed)),
    ],
    ['changed', (one: RecordedSide) => format.percent(one.evaluation.changed)],
    ['unsupported', (one: RecordedSide) => format.percent(one.evaluation.unsupported)],
    ['mean_weight', (one: RecordedSide) => format.decimal(one.evaluation.mean_weight)],
    ['clipped', (one: RecordedSide) => format.percent(one.evaluation.clipped)],
  ] as const
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('estimates.title')}>
      <table className={classes.table}>
        <caption>{t('estimates.caption', { unit: earned.unit })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('estimates.estimator')}</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {estimators.map((one) => (
            <tr key={one}>
              <th scope="row">
                {t(`estimator.${one}`)}
                <div className={classes.soft}>{t(`estimator_text.${one}`)}</div>
              </th>
              {result.sides.map((side, at) => (
                <td key={names[at]}>{cell(side.evaluation[one])}</td>
              ))}
            </tr>
          ))}
          {weights.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">
                {t(`weights.${key}`)}
                <div className={classes.soft}>{t(`weights_text.${key}`)}</div>
              </th>
              {result.sides.map((side, at) => (
                <td key={names[at]}>{value(side)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
