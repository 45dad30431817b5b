import { useTranslation } from 'react-i18next'
import { type Column, DataTable, EmptyState, Panel, rowsOf, useFormat } from '../../ui'
import classes from './Learning.module.css'
import { LinePlot } from './LinePlot'
import type { CalibrationPoint } from './learning'

/** What was predicted and what came, as a picture and as a table. */
export function CalibrationPanel({ points }: { points: CalibrationPoint[] }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const greatest = Math.max(0.01, ...points.flatMap((one) => [one.predicted, one.observed_high]))
  return (
    <Panel title={t('calibration.title')} flush>
      {points.length > 0 && (
        <>
          <p className={classes.note}>{t('calibration.text')}</p>
          <LinePlot
            label={t('calibration.title')}
            points={points.map((one) => ({
              x: one.predicted,
              y: one.observed,
              low: one.observed_low,
              high: one.observed_high,
            }))}
            widest={greatest}
            greatest={greatest}
            diagonal
            yText={format.percent}
            xTexts={[format.percent(0), t('calibration.predicted'), format.percent(greatest)]}
          />
        </>
      )}
      <DataTable
        bare
        label={t('calibration.title')}
        columns={useColumns()}
        rows={rowsOf(points)}
        rowKey={(row) => String(row.predicted)}
        empty={<EmptyState title={t('calibration.empty')} text={t('calibration.empty_text')} />}
      />
    </Panel>
  )
}

function useColumns(): Column<CalibrationPoint>[] {
  const { t } = useTranslation('learning')
  const format = useFormat()
  return [
    {
      key: 'predicted',
      header: t('calibration.predicted'),
      align: 'end',
      cell: (row) => format.percent(row.predicted),
    },
    {
      key: 'observed',
      header: t('calibration.observed'),
      align: 'end',
      cell: (row) => format.percent(row.observed),
    },
    {
      key: 'range',
      header: t('calibration.range'),
      cell: (row) =>
        t('between', {
          low: format.percent(row.observed_low),
          high: format.percent(row.observed_high),
        }),
    },
    {
      key: 'count',
      header: t('calibration.count'),
      align: 'end',
      cell: (row) => format.decimal(row.count, 0),
    },
  ]
}
