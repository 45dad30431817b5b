import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, rowsOf, useFormat } from '../../ui'
import { Interval } from './Interval'
import classes from './Simulation.module.css'
import type { Estimate, Recorded, RecordedSide } from './simulations'
import { type MeasureName, useEarned } from './useEarned'

const estimators = ['recorded', 'doubly_robust', 'snips', 'ips', 'direct'] as const

type Row = { key: string; name: string; text: string; value: (side: RecordedSide) => ReactNode }

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
  const estimated = estimators.map(
    (one): Row => ({
      key: one,
      name: t(`estimator.${one}`),
      text: t(`estimator_text.${one}`),
      value: (side) => cell(side.evaluation[one]),
    }),
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
  const weighed = weights.map(
    ([key, value]): Row => ({
      key,
      name: t(`weights.${key}`),
      text: t(`weights_text.${key}`),
      value,
    }),
  )
  return (
    <>
      <div className={classes.legend}>{t('estimates.caption', { unit: earned.unit })}</div>
      <DataTable<Row>
        bare
        label={t('estimates.title')}
        rows={rowsOf([...estimated, ...weighed])}
        rowKey={(row) => row.key}
        empty={null}
        columns={[
          {
            key: 'estimate',
            header: t('estimates.estimator'),
            wrap: true,
            cell: (row) => (
              <>
                {row.name}
                <div className={classes.soft}>{row.text}</div>
              </>
            ),
          },
          ...result.sides.map((side, at) => ({
            key: String(at),
            header: names[at] ?? '',
            wrap: true,
            cell: (row: Row) => row.value(side),
          })),
        ]}
      />
    </>
  )
}
