import { useTranslation } from 'react-i18next'
import { DataTable, rowsOf, StatusBadge, type Tone, useFormat } from '../../ui'
import type { Report } from './experiments'
import { useShow } from './useWords'

const tones: Record<'broken' | 'kept' | 'open', Tone> = {
  broken: 'bad',
  kept: 'good',
  open: 'plain',
}

/** One measure: every variant with its number, and its difference from the baseline. */
export function ResultsTable({
  report,
  metric,
  name,
  guardrail = false,
}: {
  report: Report
  metric: Report['primary']
  name: (key: string) => string
  guardrail?: boolean
}) {
  const { t } = useTranslation('experiments')
  const format = useFormat()
  const show = useShow(metric.metric)
  const rows = metric.variants.map((figures, place) => ({
    place,
    key: report.variants[place]?.key ?? String(place),
    figures,
    comparison: place > 0 ? metric.comparisons[place - 1] : undefined,
    state: place > 0 ? metric.states[place - 1] : undefined,
  }))
  type Row = (typeof rows)[number]
  const compared = (row: Row) => {
    if (row.place === 0) return t('results.baseline')
    const { comparison } = row
    if (!comparison) return t('results.too_few')
    const { relative, difference } = comparison
    return relative
      ? t('results.interval', {
          value: format.change(relative.value),
          low: format.change(relative.low),
          high: format.change(relative.high),
        })
      : t('results.interval', {
          value: show(difference.value),
          low: show(difference.low),
          high: show(difference.high),
        })
  }
  const p = (value: number) => (value < 0.001 ? '< 0.001' : format.decimal(value, 3))
  return (
    <DataTable
      bare
      label={t('results.table')}
      rows={rowsOf(rows)}
      rowKey={(row) => row.key}
      empty={null}
      columns={[
        { key: 'variant', header: t('results.variant'), cell: (row) => name(row.key) },
        {
          key: 'customers',
          header: t('results.customers'),
          align: 'end',
          cell: (row) => format.number(row.figures.customers),
        },
        {
          key: 'value',
          header: t('results.value'),
          align: 'end',
          cell: (row) => (row.figures.value == null ? '–' : show(row.figures.value)),
        },
        { key: 'difference', header: t('results.against'), cell: compared },
        {
          key: 'p',
          header: t('results.p'),
          align: 'end',
          cell: (row) => (row.comparison ? p(row.comparison.p_value) : '–'),
        },
        {
          key: 'explained',
          header: t('results.explained'),
          align: 'end',
          cell: (row) => (row.comparison ? format.percent(row.comparison.explained) : '–'),
        },
        ...(metric.best && !guardrail
          ? [
              {
                key: 'best',
                header: t('results.best'),
                align: 'end' as const,
                cell: (row: Row) => {
                  const chance = metric.best?.[row.place]
                  return chance == null ? '–' : format.percent(chance)
                },
              },
            ]
          : []),
        ...(guardrail
          ? [
              {
                key: 'state',
                header: t('guardrails.state'),
                cell: (row: Row) =>
                  row.state ? (
                    <StatusBadge tone={tones[row.state]} word={t(`guardrails.${row.state}`)} />
                  ) : (
                    '–'
                  ),
              },
            ]
          : []),
      ]}
    />
  )
}
