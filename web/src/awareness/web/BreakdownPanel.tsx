import { ActionIcon, Tabs } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, Panel, useFormat } from '../../ui'
import { Change } from './MetricsPanel'
import classes from './Web.module.css'
import type { Answered, Breakdown, Dimension, Only } from './web'
import { useValueName } from './words'

/** Rows shown at first. */
const few = 8

/** Visits by values; a row filters the page, the icon shows its visitors. */
export function BreakdownPanel({
  dimensions,
  answered,
  filter,
  visitors,
}: {
  dimensions: Dimension[]
  answered: Answered
  filter: (only: Only) => void
  visitors: (only: Only, title: string) => void
}) {
  const { t } = useTranslation('web')
  const [chosen, setChosen] = useState<Dimension>(dimensions[0] ?? 'channel')
  const breakdown = answered.breakdowns.find((one) => one.dimension === chosen)
  return (
    <Panel title={t(`panel.${dimensions[0] ?? 'channel'}`)} side="theirs">
      {dimensions.length > 1 && (
        <Tabs value={chosen} onChange={(next) => setChosen((next as Dimension) ?? chosen)}>
          <Tabs.List>
            {dimensions.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t(`dimension.${one}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      )}
      {breakdown && breakdown.rows.length > 0 ? (
        <Rows breakdown={breakdown} filter={filter} visitors={visitors} />
      ) : (
        <p className={classes.soft}>{t(`none.${chosen}`)}</p>
      )}
    </Panel>
  )
}

function Rows({
  breakdown,
  filter,
  visitors,
}: {
  breakdown: Breakdown
  filter: (only: Only) => void
  visitors: (only: Only, title: string) => void
}) {
  const { t } = useTranslation('web')
  const format = useFormat()
  const name = useValueName()
  const [all, setAll] = useState(false)
  const greatest = Math.max(1, ...breakdown.rows.map((row) => row.numbers.visits))
  const rows = all ? breakdown.rows : breakdown.rows.slice(0, few)
  const { dimension } = breakdown
  return (
    <>
      <table className={classes.rows}>
        <thead>
          <tr>
            <th scope="col">{t(`dimension.${dimension}`)}</th>
            <th scope="col">{t('metric.visitors')}</th>
            <th scope="col">{t('metric.visits')}</th>
            <th scope="col">
              <span className={classes.off}>{t('change')}</span>
            </th>
            <th scope="col">
              <span className={classes.off}>{t('see_visitors')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const only = { dimension, value: row.value }
            const title = name(dimension, row.value)
            return (
              <tr key={row.value} data-row="" tabIndex={-1}>
                <th scope="row">
                  <span
                    className={classes.bar}
                    style={{ width: `${(row.numbers.visits / greatest) * 100}%` }}
                    aria-hidden="true"
                  />
                  <button
                    type="button"
                    className={classes.value}
                    title={t('filter_by', { value: title })}
                    onClick={() => filter(only)}
                  >
                    {title}
                  </button>
                </th>
                <td>{format.number(row.numbers.visitors)}</td>
                <td>{format.number(row.numbers.visits)}</td>
                <td>
                  {row.visits_before != null && (
                    <Change metric="visits" now={row.numbers.visits} before={row.visits_before} />
                  )}
                </td>
                <td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t('visitors_of', { value: title })}
                    onClick={() => visitors(only, title)}
                  >
                    <Icon name="customers" size={14} />
                  </ActionIcon>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {breakdown.rows.length > few && (
        <button type="button" className={classes.more} onClick={() => setAll(!all)}>
          {all ? t('fewer') : t('all', { count: breakdown.rows.length })}
        </button>
      )}
      {all && breakdown.values > breakdown.rows.length && (
        <p className={classes.soft}>
          {t('most_visited', {
            shown: format.number(breakdown.rows.length),
            number: format.number(breakdown.values),
          })}
        </p>
      )}
    </>
  )
}
