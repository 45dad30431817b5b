import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, EmptyState, rowsOf, useFormat } from '../../../ui'
import { Chart } from '../../chart/Chart'
import { base, nameAxis, type Palette, valueAxis } from '../../chart/option'
import classes from '../Explore.module.css'
import { useLabel } from '../labels'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

/** Bars in the chart; the table has them all. */
const barsLimit = 25

export function DistributionView({ shown, choose }: ViewProps<'distribution'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const label = useLabel()
  const total = shown.total.value ?? 0
  const bars = useMemo(() => shown.rows.slice(0, barsLimit), [shown])
  const option = useCallback(
    (palette: Palette) => ({
      ...base(palette),
      xAxis: valueAxis(palette, (value) => format.decimal(value)),
      yAxis: {
        ...nameAxis(
          palette,
          bars.map((row) => label(row.label)),
        ),
        inverse: true,
      },
      series: [
        {
          type: 'bar' as const,
          data: bars.map((row) => row.value ?? 0),
          itemStyle: { color: palette.theirs },
          barMaxWidth: 22,
        },
      ],
    }),
    [bars, format, label],
  )
  if (shown.rows.length === 0) return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  return (
    <>
      <Chart
        option={option}
        height={Math.max(140, bars.length * 26 + 60)}
        onSelect={({ index }) => {
          const row = bars[index]
          if (row && row.customers != null) choose(row.cell, label(row.label))
        }}
      />
      <div className={classes.table}>
        <DataTable
          bare
          label={t('table')}
          rows={rowsOf([...shown.rows, { ...shown.total, label: { word: 'total' } }])}
          rowKey={(row) => row.cell.join(' ')}
          columns={[
            { key: 'value', header: t('column.value'), cell: (row) => label(row.label) },
            {
              key: 'measure',
              header: t('column.measure'),
              align: 'end',
              cell: (row) => (row.value == null ? '–' : format.decimal(row.value)),
            },
            {
              key: 'share',
              header: t('column.share'),
              align: 'end',
              cell: (row) =>
                row.value == null || total === 0 ? '–' : format.percent(row.value / total),
            },
            {
              key: 'customers',
              header: t('column.customers'),
              align: 'end',
              cell: (row) => (
                <FigureButton
                  text={format.number(row.customers ?? 0)}
                  hidden={row.customers == null}
                  cell={row.cell}
                  title={label(row.label)}
                  choose={choose}
                />
              ),
            },
          ]}
          empty={<EmptyState title={t('nothing')} />}
        />
      </div>
    </>
  )
}
