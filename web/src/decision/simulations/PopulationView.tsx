import { NativeSelect } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import { AsOf, DataTable, EmptyState, Panel, rowsOf, useFormat, useUrl } from '../../ui'
import { BarCell } from './BarCell'
import { InTheWayPanel } from './InTheWayPanel'
import { simulatedCustomersPath } from './nav'
import classes from './Simulation.module.css'
import type { Group, Population, SideResult, Simulation } from './simulations'

/** Who would get what at each placement, and why some get nothing. */
export function PopulationView({ one, result }: { one: Simulation; result: Population }) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const [search, setSearch] = useUrl()
  const placementName = useDefinitionName('placement')
  const names = result.sides.map((name, at) => (at === 0 ? t('side.published') : name))
  const place =
    result.placements.find((one) => one.placement === search.placement) ?? result.placements[0]
  if (!place || result.customers === 0) {
    return <EmptyState title={t('nobody.title')} text={t('nobody.text')} />
  }
  return (
    <>
      {result.placements.length > 1 && (
        <div>
          <NativeSelect
            label={t('placement')}
            value={place.placement}
            onChange={(event) => setSearch({ placement: event.currentTarget.value })}
            data={result.placements.map((one) => ({
              value: one.placement,
              label: placementName(one.placement),
            }))}
          />
        </div>
      )}
      <Panel title={t('who_gets.title')} aside={<AsOf at={result.as_of} />} flush>
        <WhoGetsWhat id={one.id} place={place} names={names} customers={result.customers} />
        <div className={classes.legend}>
          {t('who_gets.legend', {
            customers: format.number(result.customers),
            seconds: format.decimal(Math.max(0.1, result.elapsed_ms / 1_000), 1),
          })}
        </div>
      </Panel>
      <InTheWayPanel id={one.id} place={place} names={names} />
    </>
  )
}

type Placement = Population['placements'][number]

/** What is told of each side in a row. */
type Row = { key: string; name: string; cell: (side: SideResult, at: number) => ReactNode }

function WhoGetsWhat({
  id,
  place,
  names,
  customers,
}: {
  id: string
  place: Placement
  names: string[]
  customers: number
}) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const { sides, placement } = place
  const sideName = (side: SideResult, at: number) =>
    side.known ? (names[at] ?? '') : t('who_gets.unknown_at', { name: names[at] })
  const offers = [...new Set(sides.flatMap((side) => side.offers.map((one) => one.offer)))]
  const categories = [...new Set(sides.flatMap((side) => Object.keys(side.categories)))].sort()
  const count = (side: SideResult, key: string) =>
    side.offers.find((one) => one.offer === key)?.customers ?? 0
  const counted = (
    key: string,
    name: string,
    value: (side: SideResult) => number,
    group: string | null = null,
    plain = false,
  ): Row => ({
    key,
    name,
    cell: (side, at) => (
      <BarCell value={value(side)} greatest={customers} plain={plain}>
        <GroupLink
          id={id}
          group={group ? { side: at, placement, group } : null}
          count={value(side)}
        >
          {format.number(value(side))}
        </GroupLink>{' '}
        <span className={classes.soft}>
          {format.percent(value(side) / customers)}
          <Difference side={value(side)} from={sides[0] ? value(sides[0]) : 0} shown={at > 0} />
        </span>
      </BarCell>
    ),
  })
  const without = (code: 'nothing' | 'withheld' | 'changed') =>
    counted(code, t(`who_gets.${code}`), (side) => side[code], code, true)
  const shown = offers.map((key) =>
    counted(`offer:${key}`, offerName(key), (side) => count(side, key), `offer:${key}`),
  )
  const money = (side: SideResult) =>
    Object.entries(side.value_cents)
      .map(([currency, cents]) => format.money(Math.round(cents), currency))
      .join(', ') || '–'
  const parts: { what: string; rows: Row[] }[] = [
    {
      what: t('who_gets.what'),
      rows: [
        ...shown,
        without('nothing'),
        without('withheld'),
        ...(sides.length > 1 ? [without('changed')] : []),
      ],
    },
    {
      what: t('who_gets.categories'),
      rows: categories.map((key) =>
        counted(key, word('category', key), (side) => side.categories[key] ?? 0),
      ),
    },
    {
      what: t('who_gets.expected'),
      rows: [
        {
          key: 'accepts',
          name: t('who_gets.accepts'),
          cell: (side) => format.decimal(side.accepts, 1),
        },
        { key: 'value', name: t('who_gets.value'), cell: money },
      ],
    },
  ]
  const width = `${100 / (sides.length + 1)}%`
  // A single category says nothing beside the offers.
  const told = parts.filter(({ rows }, at) => at !== 1 || rows.length > 1)
  return told.map(({ what, rows }, at) => (
    <div key={what}>
      {at > 0 && <h3 className={classes.section}>{what}</h3>}
      <DataTable<Row>
        bare
        label={at === 0 ? t('who_gets.title') : what}
        rows={rowsOf(rows)}
        rowKey={(row) => row.key}
        empty={null}
        columns={[
          {
            key: 'what',
            header: what,
            hidden: at > 0,
            wrap: true,
            width,
            cell: (row) => row.name,
          },
          ...sides.map((side, at) => ({
            key: String(at),
            header: sideName(side, at),
            width,
            cell: (row: Row) => row.cell(side, at),
          })),
        ]}
      />
    </div>
  ))
}

function Difference({ side, from, shown }: { side: number; from: number; shown: boolean }) {
  const format = useFormat()
  const difference = side - from
  if (!shown || difference === 0) return null
  return (
    <>
      {' '}
      ({difference > 0 ? '+' : '−'}
      {format.number(Math.abs(difference))})
    </>
  )
}

/** A count that leads to the customers it counts, for those who may see them. */
export function GroupLink({
  id,
  group,
  count,
  children,
}: {
  id: string
  group: Group | null
  count: number
  children: ReactNode
}) {
  const may = useMay()
  if (!group || count === 0 || !may('view_customers')) return children
  const search = { ...group, side: String(group.side) }
  return (
    <Link to={simulatedCustomersPath(id)} search={search as never}>
      {children}
    </Link>
  )
}
