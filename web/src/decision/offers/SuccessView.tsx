import { Button, SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Answer, query } from '../../api/query'
import type { Definition } from '../../app/definition'
import { useWord } from '../../locales/words'
import {
  AsOf,
  DataTable,
  EmptyState,
  ErrorPanel,
  type Format,
  Panel,
  rowsOf,
  Skeleton,
  Stat,
  useFormat,
  useUrl,
} from '../../ui'
import { DayChart } from './DayChart'
import classes from './OffersPage.module.css'

type Success = Answer<'get', '/api/offers/{key}/success'>
type Figures = Success['period']['total']

const periods = ['7', '28', '90', '365'] as const
const stats = [
  ['presented', 'ours'],
  ['viewed', 'theirs'],
  ['clicked', 'theirs'],
  ['accepted', 'theirs'],
  ['rejected', 'theirs'],
  ['revenue_cents', 'theirs'],
  ['cost_cents', 'ours'],
  ['margin_cents', 'theirs'],
] as const

/** What became of an offer, by channel and day, against the period before. */
export function SuccessView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('offers')
  if (!definition) return <EmptyState title={t('codes.save_first')} />
  return <Results offer={definition.key} />
}

function Results({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const [search, setSearch] = useUrl()
  const days = periods.find((one) => one === search.days) ?? '28'
  const success = useQuery({
    ...query('/api/offers/{key}/success', { path: { key: offer }, query: { days: Number(days) } }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
  return (
    <div className={classes.stack}>
      <SegmentedControl
        aria-label={t('success.period')}
        value={days}
        data={periods.map((value) => ({
          value,
          label: t('success.days', { count: Number(value) }),
        }))}
        onChange={(next) => setSearch({ days: next === '28' ? null : next })}
      />
      {success.isPending && <Skeleton lines={8} />}
      {success.error && <ErrorPanel error={success.error} retry={() => success.refetch()} />}
      {success.data && <Shown success={success.data} />}
    </div>
  )
}

function Shown({ success }: { success: Success }) {
  const { t } = useTranslation('offers')
  const format = useFormat()
  const { total } = success.period
  const before = success.before.total
  return (
    <>
      <div className={classes.numbers}>
        {stats.map(([key, side]) => (
          <Stat
            key={key}
            side={side}
            label={t(`success.${key}`)}
            value={written(format, key, total[key], success.currency)}
            note={t('success.before', {
              number: written(format, key, before[key], success.currency),
            })}
          />
        ))}
      </div>
      {total.other_currency > 0 && (
        <p className={classes.soft}>
          {t('success.other_currency', {
            count: total.other_currency,
            currency: success.currency,
          })}
        </p>
      )}
      <Earned />
      <Days success={success} />
      <Channels success={success} />
      <AsOf at={success.as_of} />
    </>
  )
}

function written(format: Format, key: keyof Figures, value: number, currency: string): string {
  return key.endsWith('_cents') ? format.money(value, currency) : format.number(value)
}

/** What the offer changed is told where everybody counts for whom it was meant. */
function Earned() {
  const { t } = useTranslation('offers')
  const [, setSearch] = useUrl()
  return (
    <Panel title={t('success.earned')}>
      <p className={classes.soft}>{t('success.earned_text')}</p>
      <Button variant="default" size="xs" onClick={() => setSearch({ view: 'earns' })}>
        {t('success.earned_link')}
      </Button>
    </Panel>
  )
}

function Days({ success }: { success: Success }) {
  const { t } = useTranslation('offers')
  const format = useFormat()
  const { days } = success.period
  const busy = days.filter((day) => day.presented + day.accepted + day.rejected + day.withheld > 0)
  return (
    <Panel title={t('success.by_day')}>
      <DayChart
        days={days}
        series={[
          { key: 'presented', side: 'ours', label: t('success.presented') },
          { key: 'accepted', side: 'theirs', label: t('success.accepted') },
        ]}
        name={t('success.chart', {
          from: format.date(success.period.from),
          until: format.date(success.period.until),
        })}
      />
      <details>
        <summary>{t('success.as_table')}</summary>
        <DataTable
          bare
          label={t('success.by_day')}
          rows={rowsOf(busy)}
          rowKey={(row) => row.day}
          empty={<p className={classes.soft}>{t('success.nothing')}</p>}
          columns={[
            { key: 'day', header: t('success.day'), cell: (row) => format.date(row.day) },
            ...stats.map(([key]) => ({
              key,
              header: t(`success.${key}`),
              align: 'end' as const,
              cell: (row: (typeof busy)[number]) =>
                written(format, key, row[key], success.currency),
            })),
          ]}
        />
      </details>
    </Panel>
  )
}

function Channels({ success }: { success: Success }) {
  const { t } = useTranslation('offers')
  const word = useWord()
  const format = useFormat()
  const rows = Object.entries(success.period.channels)
  return (
    <Panel title={t('success.by_channel')} flush>
      <DataTable
        bare
        label={t('success.by_channel')}
        rows={rowsOf(rows)}
        rowKey={([channel]) => channel}
        empty={<EmptyState title={t('success.nothing')} text={t('success.nothing_text')} />}
        columns={[
          {
            key: 'channel',
            header: t('filter.channel'),
            cell: ([channel]) => word('channel', channel),
          },
          ...stats.map(([key]) => ({
            key,
            header: t(`success.${key}`),
            align: 'end' as const,
            cell: ([, figures]: [string, Figures]) =>
              written(format, key, figures[key], success.currency),
          })),
        ]}
      />
    </Panel>
  )
}
