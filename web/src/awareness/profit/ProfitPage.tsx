import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useMay } from '../../api/session'
import { ControlGroupPanel, useMoney } from '../../app/control/ControlGroupPanel'
import { useWord } from '../../locales/words'
import {
  AsOf,
  DataTable,
  EmptyState,
  ErrorPanel,
  Filters,
  Icon,
  PageHeader,
  Panel,
  rowsOf,
  Skeleton,
  Stat,
  useFormat,
  useUrl,
} from '../../ui'
import classes from './ProfitPage.module.css'
import { type By, groupings, type Line, rowsPath, type Statement, statementQuery } from './profit'

export default function ProfitPage() {
  const { t } = useTranslation('profit')
  const [search, setSearch] = useUrl()
  const by = groupings.find((one) => one === search.by) ?? 'offer'
  const wanted = { from: search.from || undefined, to: search.to || undefined, by }
  const statement = useQuery(statementQuery(wanted))
  const shown = statement.data
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={
          <>
            {shown && <AsOf at={shown.as_of} />}
            <Download statement={shown} />
          </>
        }
      />
      <Filters>
        <TextInput
          type="month"
          label={t('from')}
          value={search.from ?? shown?.from ?? ''}
          onChange={(event) => setSearch({ from: event.currentTarget.value || null })}
        />
        <TextInput
          type="month"
          label={t('to')}
          value={search.to ?? shown?.to ?? ''}
          onChange={(event) => setSearch({ to: event.currentTarget.value || null })}
        />
        <NativeSelect
          label={t('by.label')}
          value={by}
          data={groupings.map((value) => ({ value, label: t(`by.${value}`) }))}
          onChange={(event) => setSearch({ by: event.currentTarget.value })}
        />
      </Filters>
      {statement.error && <ErrorPanel error={statement.error} retry={() => statement.refetch()} />}
      {statement.isPending && <Skeleton lines={10} />}
      {shown && (
        <div className={classes.page}>
          <Total statement={shown} />
          <Lines statement={shown} by={by} />
          <ControlGroupPanel of="everything" title={t('control.title')} />
        </div>
      )}
    </>
  )
}

function Download({ statement }: { statement?: Statement }) {
  const { t } = useTranslation('profit')
  const word = useWord()
  const may = useMay()
  const allowed = may('view_customers')
  return (
    <Button
      component="a"
      variant="default"
      leftSection={<Icon name="download" size={14} />}
      href={statement && allowed ? rowsPath(statement) : undefined}
      data-disabled={!statement || !allowed || undefined}
      title={
        allowed
          ? t('download_hint')
          : t('download_refused', { permission: word('permission', 'view_customers') })
      }
    >
      {t('download')}
    </Button>
  )
}

function Total({ statement }: { statement: Statement }) {
  const { t } = useTranslation('profit')
  const format = useFormat()
  const money = useMoney(statement.currency)
  const total = statement.total
  const earned = total.earned_total_cents
  const interval = (value: typeof earned) =>
    value
      ? t('between', { low: money(value.low), high: money(value.high) })
      : t('too_few_control', {
          count: total.control.customers,
          number: format.number(total.control.customers),
        })
  return (
    <>
      <div className={classes.figures}>
        <Stat
          label={t(statement.basis === 'margin' ? 'total.margin' : 'total.revenue')}
          value={earned ? money(earned.value) : '–'}
          note={interval(earned)}
          side="theirs"
        />
        <Stat
          label={t('total.thousand')}
          value={
            total.earned_per_thousand_cents ? money(total.earned_per_thousand_cents.value) : '–'
          }
          note={interval(total.earned_per_thousand_cents)}
          side="theirs"
        />
        <Stat
          label={t('total.presented')}
          value={format.number(total.treated.presented)}
          note={t('total.customers', {
            count: total.treated.customers,
            number: format.number(total.treated.customers),
          })}
          side="ours"
        />
        <Stat
          label={t('total.control')}
          value={format.number(total.control.customers)}
          note={t('total.control_note')}
          side="ours"
        />
      </div>
      {statement.basis === 'revenue' && <p className={classes.note}>{t('basis_revenue')}</p>}
      {statement.other_orders > 0 && (
        <p className={classes.note}>
          {t('other_orders', { count: statement.other_orders, currency: statement.currency })}
        </p>
      )}
    </>
  )
}

function Lines({ statement, by }: { statement: Statement; by: By }) {
  const { t } = useTranslation('profit')
  const format = useFormat()
  const word = useWord()
  const offer = useDefinitionName('offer')
  const journey = useDefinitionName('journey')
  const money = useMoney(statement.currency)
  const names: Record<By, (name: string) => string> = {
    offer,
    journey,
    channel: (name) => word('channel', name),
    month: (name) => name,
  }
  const cents = (value: Line['earned_cents']) =>
    value ? (
      <>
        {money(value.value)}
        <div className={classes.note}>
          {t('range', { low: money(value.low), high: money(value.high) })}
        </div>
      </>
    ) : (
      t('too_few')
    )
  return (
    <Panel title={t(`by.${by}`)} flush>
      <DataTable
        bare
        label={t(`by.${by}`)}
        rows={rowsOf(statement.lines)}
        rowKey={(line) => line.name}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        columns={[
          {
            key: 'name',
            header: t(`by.${by}`),
            wrap: true,
            cell: (line) => names[by](line.name),
          },
          {
            key: 'presented',
            header: t('line.presented'),
            align: 'end',
            wide: true,
            cell: (line) => format.number(line.treated.presented),
          },
          {
            key: 'customers',
            header: t('line.customers'),
            align: 'end',
            cell: (line) =>
              `${format.number(line.treated.customers)} / ${format.number(line.control.customers)}`,
          },
          {
            key: 'response',
            header: t('line.response'),
            align: 'end',
            cell: (line) =>
              line.response ? `${format.decimal(line.response.value * 100, 1)} %` : t('too_few'),
          },
          {
            key: 'revenue',
            header: t('line.revenue'),
            align: 'end',
            cell: (line) => cents(line.revenue_cents),
          },
          {
            key: 'thousand',
            header: t('line.thousand'),
            align: 'end',
            cell: (line) =>
              line.earned_per_thousand_cents
                ? money(line.earned_per_thousand_cents.value)
                : t('too_few'),
          },
          {
            key: 'earned',
            header: t('line.earned'),
            align: 'end',
            cell: (line) => cents(line.earned_total_cents),
          },
        ]}
      />
      <p className={classes.foot}>{t('not_adding_up')}</p>
    </Panel>
  )
}
