import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, EmptyState, rowsOf, useFormat } from '../../../ui'
import { Chart } from '../../chart/Chart'
import { base, type Palette } from '../../chart/option'
import classes from '../Explore.module.css'
import { useLabel } from '../labels'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

export function PathsView({ shown, choose }: ViewProps<'paths'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const label = useLabel()
  const links = useMemo(
    () => [...shown.links].sort((one, other) => (other.value ?? 0) - (one.value ?? 0)),
    [shown],
  )
  const option = useCallback(
    (palette: Palette) => {
      const id = (level: number, name: string) => `${level + 1}. ${name}`
      return {
        ...base(palette),
        tooltip: { ...base(palette).tooltip, trigger: 'item' as const },
        series: [
          {
            type: 'sankey' as const,
            left: 8,
            right: 130,
            nodeGap: 10,
            draggable: false,
            emphasis: { focus: 'adjacency' as const },
            label: { color: palette.ink, fontSize: 12, width: 120, overflow: 'truncate' as const },
            lineStyle: { color: palette.theirs, opacity: 0.25 },
            itemStyle: { color: palette.theirs, borderWidth: 0 },
            data: shown.nodes.map((node) => ({
              name: id(node.level, label(node.label)),
              depth: node.level,
            })),
            links: shown.links.map((link) => ({
              source: id(link.level, label(link.from)),
              target: id(link.level + 1, label(link.to)),
              value: link.value ?? 0,
            })),
          },
        ],
      }
    },
    [shown, label],
  )
  if (links.length === 0) return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  return (
    <>
      <section className={classes.wide} tabIndex={0} aria-label={t('kind.paths')}>
        <Chart
          option={option}
          height={420}
          onSelect={({ index, edge }) => {
            const [link, node] = [shown.links[index], shown.nodes[index]]
            if (edge && link?.customers != null) {
              choose(link.cell, `${label(link.from)} → ${label(link.to)}`)
            } else if (!edge && node?.customers != null) choose(node.cell, label(node.label))
          }}
        />
      </section>
      <div className={classes.table}>
        <DataTable
          bare
          label={t('table')}
          rows={rowsOf(links)}
          rowKey={(row) => row.cell.join(' ')}
          columns={[
            {
              key: 'level',
              header: t('paths.step'),
              align: 'end',
              cell: (row) => format.number(row.level + 1),
            },
            { key: 'from', header: t('paths.from'), cell: (row) => label(row.from) },
            { key: 'to', header: t('paths.to'), cell: (row) => label(row.to) },
            {
              key: 'sessions',
              header: t('paths.sessions'),
              align: 'end',
              cell: (row) => (row.value == null ? '–' : format.number(row.value)),
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
                  title={`${label(row.from)} → ${label(row.to)}`}
                  choose={choose}
                />
              ),
            },
          ]}
          empty={null}
        />
      </div>
    </>
  )
}
