import { NativeSelect } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useMay } from '../../api/session'
import { AsOf, EmptyState, Panel, useFormat, useUrl } from '../../ui'
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
  const offerName = useDefinitionName('offer')
  const { sides, placement } = place
  const offers = [...new Set(sides.flatMap((side) => side.offers.map((one) => one.offer)))]
  const categories = [...new Set(sides.flatMap((side) => Object.keys(side.categories)))].sort()
  const count = (side: SideResult, key: string) =>
    side.offers.find((one) => one.offer === key)?.customers ?? 0
  const row = (
    name: ReactNode,
    value: (side: SideResult) => number,
    group: string | null,
    plain = false,
  ) => (
    <>
      <th scope="row">{name}</th>
      {sides.map((side, at) => (
        <td key={names[at]}>
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
        </td>
      ))}
    </>
  )
  const money = (side: SideResult) =>
    Object.entries(side.value_cents)
      .map(([currency, cents]) => format.money(Math.round(cents), currency))
      .join(', ') || '–'
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('who_gets.title')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('who_gets.what')}</th>
            {names.map((name, at) => (
              <th key={name} scope="col">
                {name}
                {sides[at]?.known === false && (
                  <div className={classes.soft}>{t('who_gets.unknown')}</div>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {offers.map((key) => (
            <tr key={key}>{row(offerName(key), (side) => count(side, key), `offer:${key}`)}</tr>
          ))}
          <tr>{row(t('who_gets.nothing'), (side) => side.nothing, 'nothing', true)}</tr>
          <tr>{row(t('who_gets.withheld'), (side) => side.withheld, 'withheld', true)}</tr>
          {sides.length > 1 && (
            <tr>{row(t('who_gets.changed'), (side) => side.changed, 'changed', true)}</tr>
          )}
        </tbody>
        {categories.length > 1 && (
          <tbody>
            <tr>
              <th scope="rowgroup" colSpan={names.length + 1} className={classes.section}>
                {t('who_gets.categories')}
              </th>
            </tr>
            {categories.map((key) => (
              <tr key={key}>{row(key, (side) => side.categories[key] ?? 0, null)}</tr>
            ))}
          </tbody>
        )}
        <tbody>
          <tr>
            <th scope="rowgroup" colSpan={names.length + 1} className={classes.section}>
              {t('who_gets.expected')}
            </th>
          </tr>
          <tr>
            <th scope="row">{t('who_gets.accepts')}</th>
            {sides.map((side, at) => (
              <td key={names[at]}>{format.decimal(side.accepts, 1)}</td>
            ))}
          </tr>
          <tr>
            <th scope="row">{t('who_gets.value')}</th>
            {sides.map((side, at) => (
              <td key={names[at]}>{money(side)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  )
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
