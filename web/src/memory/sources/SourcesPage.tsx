import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  PageHeader,
  Sparkline,
  StatusBadge,
  useFormat,
  When,
} from '../../ui'
import { quarantineOf } from '../quarantine/nav'
import { sourcePath } from './nav'
import { SourceDialog } from './SourceDialog'
import { type Source, sourcesPages } from './sources'

export default function SourcesPage() {
  const { t } = useTranslation('sources')
  const may = useMay()
  const word = useWord()
  const navigate = useNavigate()
  const rows = useInfiniteQuery(sourcesPages())
  const [creating, setCreating] = useState(false)
  const refused = t('needs', { permission: word('permission', 'edit_data') })
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        create={{
          label: t('create.button'),
          onClick: () => setCreating(true),
          disabledBecause: may('edit_data') ? undefined : refused,
        }}
      />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => sourcePath(row.id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
      />
      {creating && (
        <SourceDialog
          close={() => setCreating(false)}
          created={(source) => navigate({ to: sourcePath(source.id) })}
        />
      )}
    </>
  )
}

function useColumns(): Column<Source>[] {
  const { t } = useTranslation('sources')
  const format = useFormat()
  return [
    { key: 'title', header: t('column.source'), cell: (row) => row.title },
    { key: 'kind', header: t('column.kind'), cell: (row) => t(`kind.${row.kind}`) },
    {
      key: 'last',
      header: t('column.last'),
      cell: (row) =>
        row.last_event_at ? (
          <When at={row.last_event_at} />
        ) : (
          <StatusBadge tone="plain" icon="clock" word={t('no_event')} />
        ),
    },
    {
      key: 'rate',
      header: t('column.rate'),
      align: 'end',
      cell: (row) => format.decimal(row.events_per_minute, 1),
    },
    {
      key: 'hour',
      header: t('column.hour'),
      width: 140,
      cell: (row) => <Sparkline values={row.by_minute} side="theirs" />,
    },
    {
      key: 'count',
      header: t('column.count'),
      align: 'end',
      cell: (row) => format.number(row.events_count),
    },
    {
      key: 'waiting',
      header: t('column.waiting'),
      cell: (row) =>
        row.waiting_count > 0 ? (
          <Link {...quarantineOf(row.id)} style={{ textDecoration: 'none' }}>
            <StatusBadge
              tone="warn"
              word={t('waiting', {
                count: row.waiting_count,
                shown: format.number(row.waiting_count),
              })}
            />
          </Link>
        ) : (
          <StatusBadge tone="good" word={t('no_errors')} />
        ),
    },
  ]
}
