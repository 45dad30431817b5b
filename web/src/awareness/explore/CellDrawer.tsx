import { Button, Drawer, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { useMay } from '../../api/session'
import { DataTable, EmptyState, ErrorPanel, Icon, Skeleton, useFormat, When } from '../../ui'
import classes from './Explore.module.css'
import type { CustomersPage } from './explore'
import { useQuestionPlace } from './questionPlace'
import { keyOf, makeSegment, type Segment } from './segment'

type Row = CustomersPage['items'][number]

/** Where the customers of a number come from, page by page and as ids. */
export type CustomersOf = {
  key: unknown
  page: (after: string | undefined, signal: AbortSignal) => Promise<CustomersPage>
  ids: () => Promise<string>
}

/** The people behind a number, and what can be done with them. */
export function CellDrawer({
  title,
  of,
  onClose,
  onFilter,
  filterLabel,
}: {
  title: string
  of: CustomersOf
  onClose: () => void
  onFilter?: (rule: unknown) => void
  filterLabel?: string
}) {
  const { t, i18n } = useTranslation('explore')
  const customerName = useCustomerName()
  const format = useFormat()
  const may = useMay()
  const nameOf = useQuestionPlace()
  const allowed = may('view_customers')
  const found = useInfiniteQuery({
    queryKey: ['customers of a cell', of.key],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => of.page(pageParam, signal),
    getNextPageParam: (last: CustomersPage) =>
      last.more ? last.items.at(-1)?.customer_id : undefined,
    enabled: allowed,
    retry: false,
  })
  const first = found.data?.pages[0]
  const sentence = i18n.language.startsWith('zh') ? first?.text_zh : first?.text
  const rule = first?.rule
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={title}>
      {!allowed && <EmptyState title={t('cell.no_permission')} />}
      {found.error && (
        <ErrorPanel error={Problem.of(found.error)} nameOf={nameOf} retry={() => found.refetch()} />
      )}
      {allowed && found.isPending && <Skeleton lines={8} />}
      {first && (
        <div className={classes.cell}>
          <p className={classes.count}>
            {t('cell.count', { count: first.total, number: format.number(first.total) })}
          </p>
          {sentence && <p className={classes.rule}>{sentence}</p>}
          {!rule && <p className={classes.soft}>{t('cell.no_rule')}</p>}
          <div className={classes.row}>
            {onFilter && rule && (
              <Button
                variant="default"
                leftSection={<Icon name="filter" size={14} />}
                onClick={() => onFilter(rule)}
              >
                {filterLabel ?? t('cell.filter')}
              </Button>
            )}
          </div>
          {first.total > 0 && (
            <SegmentMaker title={title} rule={rule} ids={of.ids} total={first.total} />
          )}
          <DataTable<Row>
            label={t('cell.customers')}
            rows={found}
            rowKey={(row) => row.customer_id}
            rowLink={(row) => `/customers/${row.customer_id}`}
            columns={[
              {
                key: 'label',
                header: t('cell.customer'),
                cell: (row) => customerName(row.customer_id, row.label),
              },
              {
                key: 'seen',
                header: t('cell.last_seen'),
                cell: (row) => (row.last_seen_at ? <When at={row.last_seen_at} /> : '–'),
              },
            ]}
            empty={<EmptyState title={t('cell.nobody')} />}
          />
        </div>
      )}
    </Drawer>
  )
}

/** Makes a segment of these customers: of their rule, or a snapshot where no rule says it. */
function SegmentMaker({
  title,
  rule,
  ids,
  total,
}: {
  title: string
  rule: unknown
  ids: () => Promise<string>
  total: number
}) {
  const { t } = useTranslation('explore')
  const may = useMay()
  const [name, setName] = useState(title)
  const [made, setMade] = useState<Segment | null>(null)
  const [failure, setFailure] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const missing = may('edit_journeys') && (rule || may('publish')) ? undefined : t('segment.denied')
  const make = async () => {
    setBusy(true)
    setFailure(null)
    try {
      setMade(await makeSegment({ name, rule, ids, call }))
    } catch (error) {
      setFailure(Problem.of(error))
    }
    setBusy(false)
  }
  if (made) {
    return (
      <p className={classes.made} role="status">
        <Icon name="check" /> {t(made.draft ? 'segment.made' : 'segment.taken')}{' '}
        <Link to={`/segments/${made.key}`}>{t('segment.open', { name })}</Link>
      </p>
    )
  }
  return (
    <div className={classes.maker}>
      <TextInput
        label={t('segment.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        description={rule ? t('segment.live') : t('segment.static', { count: total })}
        className={classes.grow}
      />
      <Button
        loading={busy}
        disabled={Boolean(missing) || !keyOf(name)}
        title={missing}
        leftSection={<Icon name="segment" size={14} />}
        onClick={make}
      >
        {t('segment.make')}
      </Button>
      {failure && <ErrorPanel error={failure} />}
    </div>
  )
}
