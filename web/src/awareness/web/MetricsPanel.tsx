import { Button } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Column, DataTable, Icon, rowsOf, useFormat } from '../../ui'
import { Chart } from '../chart/Chart'
import { base, nameAxis, type Palette, valueAxis } from '../chart/option'
import classes from './Web.module.css'
import { type Answered, change, type Metric, metrics } from './web'
import { useMetric } from './words'

/** The figures of the time with their change; the chosen one is drawn. */
export function MetricsPanel({
  answered,
  unit,
  visitors,
}: {
  answered: Answered
  unit: string
  visitors: () => void
}) {
  const { t } = useTranslation('web')
  const [metric, setMetric] = useState<Metric>('visitors')
  const show = useMetric()
  return (
    <section className={classes.metrics} aria-label={t('figures')}>
      <div className={classes.cards}>
        {metrics.map((one) => (
          <button
            key={one}
            type="button"
            className={classes.card}
            aria-pressed={one === metric}
            onClick={() => setMetric(one)}
          >
            <span className={classes.cardName}>{t(`metric.${one}`)}</span>
            <span className={classes.cardValue}>{show(one, answered.total[one])}</span>
            <Change metric={one} now={answered.total[one]} before={answered.before?.[one]} />
          </button>
        ))}
      </div>
      <Development answered={answered} metric={metric} unit={unit} />
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<Icon name="customers" size={14} />}
        onClick={visitors}
      >
        {t('see_visitors')}
      </Button>
    </section>
  )
}

/** How much more or less, with a sign that needs no colour; less bouncing is better. */
export function Change({
  metric,
  now,
  before,
}: {
  metric: Metric
  now: number
  before: number | undefined
}) {
  const { t } = useTranslation('web')
  const format = useFormat()
  const share = change(now, before)
  if (before === undefined) return null
  if (share === null) return <span className={classes.soft}>{t('no_before')}</span>
  const better = metric === 'bounce_rate' ? share < 0 : share > 0
  const look = Math.abs(share) < 0.005 ? classes.soft : better ? classes.better : classes.worse
  return (
    <span className={look}>
      {share > 0 ? '↑' : '↓'} {format.percent(Math.abs(share))}
    </span>
  )
}

function Development({
  answered,
  metric,
  unit,
}: {
  answered: Answered
  metric: Metric
  unit: string
}) {
  const { t } = useTranslation('web')
  const format = useFormat()
  const show = useMetric()
  const moment = useMemo(() => {
    const options: Intl.DateTimeFormatOptions =
      unit === 'month'
        ? { month: 'short', year: 'numeric' }
        : unit === 'hour'
          ? { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
          : { day: 'numeric', month: 'short' }
    const written = new Intl.DateTimeFormat(format.locale, options)
    return (at: string) => written.format(new Date(at))
  }, [format.locale, unit])
  const [asTable, setAsTable] = useState(false)
  const compared = answered.before != null
  const option = useCallback(
    (palette: Palette) => ({
      ...base(palette),
      legend: { show: compared, top: 0, textStyle: { color: palette.soft } },
      xAxis: nameAxis(
        palette,
        answered.series.map((point) => moment(point.from)),
      ),
      yAxis: valueAxis(palette, (value) => show(metric, value)),
      series: [
        {
          type: 'line' as const,
          name: t(`metric.${metric}`),
          data: answered.series.map((point) => point.numbers?.[metric] ?? null),
          itemStyle: { color: palette.theirs },
          areaStyle: { color: palette.theirs, opacity: 0.12 },
          symbolSize: 5,
        },
        ...(compared
          ? [
              {
                type: 'line' as const,
                name: t('before'),
                data: answered.series.map((point) => point.before?.[metric] ?? null),
                itemStyle: { color: palette.soft },
                lineStyle: { type: 'dashed' as const },
                symbol: 'none',
              },
            ]
          : []),
      ],
    }),
    [answered, metric, compared, moment, show, t],
  )
  const before: Column<Answered['series'][number]> = {
    key: 'before',
    header: t('before'),
    align: 'end',
    cell: (point) => (point.before ? show(metric, point.before[metric]) : '–'),
  }
  return (
    <>
      {!asTable && <Chart option={option} height={240} />}
      {asTable && (
        <div className={classes.table}>
          <DataTable
            bare
            label={t(`metric.${metric}`)}
            rows={rowsOf(answered.series)}
            rowKey={(point) => point.from}
            columns={[
              { key: 'from', header: t('when'), cell: (point) => moment(point.from) },
              {
                key: 'now',
                header: t(`metric.${metric}`),
                align: 'end',
                cell: (point) => (point.numbers ? show(metric, point.numbers[metric]) : '•••'),
              },
              ...(compared ? [before] : []),
            ]}
            empty={null}
          />
        </div>
      )}
      <Button
        variant="subtle"
        size="compact-sm"
        aria-pressed={asTable}
        leftSection={<Icon name="table" size={14} />}
        onClick={() => setAsTable(!asTable)}
      >
        {t('as_table')}
      </Button>
    </>
  )
}
