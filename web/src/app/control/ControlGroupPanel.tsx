import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Answer, query } from '../../api/query'
import { useMay } from '../../api/session'
import {
  AsOf,
  DataTable,
  ErrorPanel,
  Panel,
  rowsOf,
  Skeleton,
  StatusBadge,
  useFormat,
} from '../../ui'
import classes from './ControlGroupPanel.module.css'

type Report = Answer<'get', '/api/control_group'>
type Interval = NonNullable<Report['earned_cents']>

/** Contacted customers against those who were deliberately not: what the contacts have earned. */
export function ControlGroupPanel({
  of,
  subject,
  title,
}: {
  of: 'everything' | 'offer' | 'journey'
  subject?: string
  title: string
}) {
  const { t } = useTranslation('profit')
  const may = useMay()
  const allowed = may('view_reports')
  const report = useQuery({
    ...query('/api/control_group', { query: { of, key: subject } }),
    enabled: allowed,
  })
  if (!allowed) return null
  return (
    <Panel title={title} aside={report.data && <AsOf at={report.data.as_of} />}>
      {report.isPending && <Skeleton lines={4} />}
      {report.error && <ErrorPanel error={report.error} retry={() => report.refetch()} />}
      {report.data && <Sides report={report.data} />}
      {report.data && <p className={classes.note}>{t(`control.${of}`)}</p>}
    </Panel>
  )
}

function Sides({ report }: { report: Report }) {
  const { t } = useTranslation('profit')
  const format = useFormat()
  const money = useMoney(report.currency)
  const share = (side: Report['treated']) =>
    side.customers > 0 ? format.percent(side.accepted / side.customers) : '–'
  const each = (side: Report['treated'], cents: number) =>
    side.customers > 0 ? money(cents / side.customers) : '–'
  const points = (value: Interval | null | undefined) =>
    value && {
      value: format.percent(value.value),
      low: format.percent(value.low),
      high: format.percent(value.high),
    }
  const cents = (value: Interval | null | undefined) =>
    value && { value: money(value.value), low: money(value.low), high: money(value.high) }
  const rows = [
    {
      name: t('control.customers'),
      treated: format.number(report.treated.customers),
      control: format.number(report.control.customers),
      difference: '',
    },
    {
      name: t('control.presented'),
      treated: format.number(report.treated.presented),
      control: '–',
      difference: '',
    },
    {
      name: t('control.response'),
      treated: share(report.treated),
      control: share(report.control),
      difference: told(points(report.response)),
    },
    {
      name: t('control.revenue'),
      treated: each(report.treated, report.treated.revenue_cents),
      control: each(report.control, report.control.revenue_cents),
      difference: told(cents(report.revenue_cents)),
    },
    {
      name: t(report.basis === 'margin' ? 'control.margin' : 'control.earned'),
      treated: each(report.treated, report.treated.earned_cents),
      control: each(report.control, report.control.earned_cents),
      difference: told(cents(report.earned_cents)),
    },
  ]
  function told(value: { value: string; low: string; high: string } | null | undefined) {
    return value ? t('interval', value) : t('too_few')
  }
  const number = (key: 'treated' | 'control' | 'difference', header: string) => ({
    key,
    header,
    align: 'end' as const,
    cell: (row: (typeof rows)[number]) => row[key] || '–',
  })
  return (
    <>
      <Verdict report={report} money={money} />
      <DataTable
        bare
        label={t('control.table')}
        rows={rowsOf(rows)}
        rowKey={(row) => row.name}
        empty={null}
        columns={[
          { key: 'name', header: t('control.figure'), hidden: true, cell: (row) => row.name },
          number('treated', t('control.treated')),
          number('control', t('control.control')),
          { ...number('difference', t('control.difference')), wrap: true },
        ]}
      />
    </>
  )
}

/** What the contacts have earned, in one sentence. */
function Verdict({ report, money }: { report: Report; money: (cents: number) => string }) {
  const { t } = useTranslation('profit')
  const total = report.earned_total_cents
  const thousand = report.earned_per_thousand_cents
  if (!total) return <StatusBadge tone="plain" word={t('verdict.too_few')} sentence />
  const said = { total: money(total.value), low: money(total.low), high: money(total.high) }
  const tone = total.low > 0 ? 'good' : total.high < 0 ? 'bad' : 'plain'
  const word =
    tone === 'good'
      ? t('verdict.earned', said)
      : tone === 'bad'
        ? t('verdict.lost', said)
        : t('verdict.unclear', said)
  return (
    <>
      <StatusBadge tone={tone} word={word} sentence />
      {thousand && (
        <p className={classes.note}>{t('verdict.thousand', { money: money(thousand.value) })}</p>
      )}
    </>
  )
}

/** Cents in the shop's currency; plain numbers while there is none. */
export function useMoney(currency: string | null | undefined): (cents: number) => string {
  const format = useFormat()
  return (cents) =>
    currency ? format.money(Math.round(cents), currency) : format.decimal(cents / 100, 2)
}
