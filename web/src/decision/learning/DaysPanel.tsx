import { useTranslation } from 'react-i18next'
import { type Column, DataTable, EmptyState, Panel, rowsOf, useFormat } from '../../ui'
import { LinePlot } from './LinePlot'
import type { Day } from './learning'

/** The share of acceptances day by day, as a picture and as a table. */
export function DaysPanel({ days, money }: { days: Day[]; money: (cents: number) => string }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const known = days.flatMap((day) => (day.rate == null ? [] : [{ ...day, rate: day.rate }]))
  return (
    <Panel title={t('days.title')} flush>
      {known.length > 1 && (
        <LinePlot
          label={t('days.chart')}
          points={known.map((day, place) => ({ x: place, y: day.rate }))}
          greatest={Math.max(...known.map((day) => day.rate))}
          yText={format.percent}
          xTexts={[format.date(known[0]?.day ?? 0), format.date(known.at(-1)?.day ?? 0)]}
        />
      )}
      <DataTable
        bare
        label={t('days.title')}
        columns={useColumns(money)}
        rows={rowsOf([...days].reverse().slice(0, 31))}
        rowKey={(row) => String(row.day)}
        empty={<EmptyState title={t('days.empty')} text={t('days.empty_text')} />}
      />
    </Panel>
  )
}

function useColumns(money: (cents: number) => string): Column<Day>[] {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const number = (key: string, header: string, value: (day: Day) => number) => ({
    key,
    header,
    align: 'end' as const,
    cell: (row: Day) => format.decimal(value(row), 1),
  })
  return [
    { key: 'day', header: t('days.day'), cell: (row) => format.date(row.day) },
    number('shown', t('column.shown'), (row) => row.shown_count),
    number('settled', t('settled'), (row) => row.settled_count),
    number('rewarded', t('column.rewarded'), (row) => row.rewarded),
    {
      key: 'rate',
      header: t('days.rate'),
      align: 'end',
      cell: (row) => (row.rate == null ? '–' : format.percent(row.rate)),
    },
    number('explored', t('column.explored'), (row) => row.explored_count),
    {
      key: 'cost',
      header: t('days.cost'),
      align: 'end',
      cell: (row) => money(row.forgone_cents),
    },
  ]
}
