import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, EmptyState, rowsOf, useFormat } from '../../../ui'
import { Chart } from '../../chart/Chart'
import { base, nameAxis, type Palette, valueAxis } from '../../chart/option'
import classes from '../Explore.module.css'
import { useLabel } from '../labels'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

export function SeriesView({ shown, question, choose }: ViewProps<'series'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const label = useLabel()
  const unit = 'series' in question.view ? question.view.series.unit : 'day'
  const zone = question.zone ?? 'UTC'
  const moment = useMemo(() => {
    const options: Intl.DateTimeFormatOptions =
      unit === 'month'
        ? { month: 'short', year: 'numeric' }
        : unit === 'hour'
          ? { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
          : { day: 'numeric', month: 'short', year: 'numeric' }
    const written = new Intl.DateTimeFormat(format.locale, { ...options, timeZone: zone })
    return (at: string) => written.format(new Date(at))
  }, [format.locale, unit, zone])
  const lines = useMemo(
    () => (shown.lines.length > 1 ? shown.lines.slice(1) : shown.lines),
    [shown.lines],
  )
  const compared = shown.lines[0]?.points.some((point) => point.before != null) ?? false
  const option = useCallback(
    (palette: Palette) => {
      const points = shown.lines[0]?.points ?? []
      const before =
        compared && lines.length === 1
          ? [
              {
                type: 'line' as const,
                name: t('series.before'),
                data: points.map((point) => point.before ?? null),
                lineStyle: { type: 'dashed' as const, color: palette.soft },
                itemStyle: { color: palette.soft },
                symbol: 'none',
              },
            ]
          : []
      return {
        ...base(palette),
        legend: { show: lines.length > 1 || compared, textStyle: { color: palette.soft }, top: 0 },
        xAxis: nameAxis(
          palette,
          points.map((point) => moment(point.from)),
        ),
        yAxis: valueAxis(palette, (value) => format.decimal(value)),
        series: [
          ...lines.map((line, place) => ({
            type: 'line' as const,
            name: label(line.label),
            data: line.points.map((point) => point.value ?? null),
            itemStyle: { color: palette.lines[place % palette.lines.length] },
            symbolSize: 5,
          })),
          ...before,
        ],
      }
    },
    [shown, lines, compared, moment, format, label, t],
  )
  const points = shown.lines[0]?.points ?? []
  if (points.length === 0) return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  return (
    <>
      <Chart
        option={option}
        height={300}
        onSelect={({ series, index }) => {
          const point = lines[series]?.points[index]
          if (point && point.customers != null) choose(point.cell, moment(point.from))
        }}
      />
      <div className={classes.table}>
        <DataTable
          bare
          label={t('table')}
          rows={rowsOf(points.map((point, place) => ({ point, place })))}
          rowKey={(row) => row.point.from}
          columns={[
            { key: 'from', header: t('series.from'), cell: (row) => moment(row.point.from) },
            ...shown.lines.map((line, at) => ({
              key: JSON.stringify(line.label),
              header: at === 0 ? t('column.measure') : label(line.label),
              align: 'end' as const,
              cell: (row: { place: number }) => {
                const point = line.points[row.place]
                if (!point) return null
                return (
                  <FigureButton
                    text={point.value == null ? '–' : format.decimal(point.value)}
                    hidden={point.customers == null}
                    cell={point.cell}
                    title={`${label(line.label)}, ${moment(point.from)}`}
                    choose={choose}
                  />
                )
              },
            })),
            ...(compared
              ? [
                  {
                    key: 'before',
                    header: t('series.before'),
                    align: 'end' as const,
                    cell: (row: { place: number }) => {
                      const before = points[row.place]?.before
                      return before == null ? '–' : format.decimal(before)
                    },
                  },
                ]
              : []),
          ]}
          empty={null}
        />
      </div>
    </>
  )
}
