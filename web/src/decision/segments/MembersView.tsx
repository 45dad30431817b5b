import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { useMay } from '../../api/session'
import { type AnyBody, type Definition, useForm } from '../../app/definition'
import { customerPath } from '../../memory/customers/nav'
import {
  AsOf,
  DataTable,
  EmptyState,
  ErrorPanel,
  NoPermission,
  Panel,
  Skeleton,
  Sparkline,
  Stat,
  useFormat,
  When,
} from '../../ui'
import classes from './Segments.module.css'
import { daysQuery, figuresQuery, memberPages, membershipOf } from './segments'
import { UploadPanel } from './UploadPanel'

const shownDays = 30

/** Who is in the segment now, how that changed, and how members are uploaded. */
export function MembersView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('segments')
  const form = useForm()
  if (!definition?.published_version) {
    return <EmptyState title={t('members.unpublished')} text={t('members.unpublished_text')} />
  }
  const uploads = membershipOf(form.body) === 'static'
  const ruled = form.value('/criteria') !== undefined
  return (
    <div className={classes.stack}>
      <FiguresPanel name={definition.key} />
      <div className={classes.columns}>
        {uploads && <UploadPanel name={definition.key} ruled={ruled && hasConditions(form.body)} />}
        <TrendPanel name={definition.key} />
      </div>
      <MembersTable name={definition.key} />
    </div>
  )
}

function hasConditions(body: AnyBody): boolean {
  const rule = body.criteria
  return (
    rule !== null &&
    typeof rule === 'object' &&
    !('all' in rule && Array.isArray(rule.all) && rule.all.length === 0)
  )
}

function FiguresPanel({ name }: { name: string }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const figures = useQuery({ ...figuresQuery(), refetchInterval: 10_000 })
  const mine = figures.data?.find((one) => one.segment === name)
  if (figures.error) return <ErrorPanel error={figures.error} retry={() => figures.refetch()} />
  if (!mine) return <Skeleton lines={2} />
  return (
    <div className={classes.figures}>
      <Stat
        label={mine.households ? t('members.households') : t('members.size')}
        value={format.number(mine.size)}
        note={mine.as_of ? <AsOf at={mine.as_of} /> : t('members.filling')}
        side="theirs"
      />
      <Stat label={t('entered_today')} value={format.number(mine.entered_today)} side="theirs" />
      <Stat label={t('left_today')} value={format.number(mine.left_today)} side="theirs" />
    </div>
  )
}

function TrendPanel({ name }: { name: string }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const days = useQuery(daysQuery(name, shownDays))
  const rows = days.data ?? []
  return (
    <Panel title={t('trend.title')} side="theirs">
      {days.isPending && <Skeleton lines={4} />}
      {days.error && <ErrorPanel error={days.error} retry={() => days.refetch()} />}
      {days.data && rows.length === 0 && <p className={classes.soft}>{t('trend.empty')}</p>}
      {rows.length > 0 && (
        <>
          <Sparkline values={rows.map((day) => day.size)} side="theirs" />
          <details>
            <summary className={classes.summary}>{t('trend.table')}</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('trend.day')}</th>
                  <th scope="col">{t('size')}</th>
                  <th scope="col">{t('trend.entered')}</th>
                  <th scope="col">{t('trend.left')}</th>
                </tr>
              </thead>
              <tbody>
                {[...rows].reverse().map((day) => (
                  <tr key={day.day}>
                    <td>{format.date(`${day.day}T12:00:00Z`)}</td>
                    <td className={classes.number}>{format.number(day.size)}</td>
                    <td className={classes.number}>
                      {day.entered == null ? '–' : format.number(day.entered)}
                    </td>
                    <td className={classes.number}>
                      {day.left == null ? '–' : format.number(day.left)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </Panel>
  )
}

function MembersTable({ name }: { name: string }) {
  const { t } = useTranslation('segments')
  const may = useMay()
  const format = useFormat()
  const allowed = may('view_customers')
  const customerName = useCustomerName()
  const members = useInfiniteQuery({ ...memberPages(name), enabled: allowed })
  if (!allowed) return <NoPermission permission="view_customers" />
  return (
    <Panel title={t('members.title')} flush>
      <DataTable
        bare
        label={t('members.title')}
        rows={members}
        rowKey={(row) => row.customer_id}
        rowLink={(row) => customerPath(row.customer_id)}
        columns={[
          {
            key: 'customer',
            header: t('members.customer'),
            cell: (row) => customerName(row.customer_id, row.label),
          },
          { key: 'since', header: t('members.since'), cell: (row) => <When at={row.since} /> },
          {
            key: 'times',
            header: t('members.times'),
            align: 'end',
            cell: (row) => format.number(row.times),
          },
        ]}
        empty={<EmptyState title={t('members.nobody')} text={t('members.nobody_text')} />}
      />
    </Panel>
  )
}
