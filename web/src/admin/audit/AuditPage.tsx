import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  Icon,
  PageHeader,
  SearchField,
  useUrl,
  When,
} from '../../ui'
import { type AuditRow, auditPages, exportAddress } from './audit'
import { ChainPanel } from './ChainPanel'
import { ChangeDialog } from './ChangeDialog'
import { useAuditWords } from './words'

export default function AuditPage() {
  const { t } = useTranslation('audit')
  const words = useAuditWords()
  const [search, setSearch] = useUrl()
  const { actor, action, object_kind, object_key } = search
  const filter = { actor, action, object_kind, object_key }
  const rows = useInfiniteQuery(auditPages(filter))
  const [shown, setShown] = useState<AuditRow | null>(null)
  const clear = () => setSearch({ actor: null, action: null, object_kind: null, object_key: null })
  const first = rows.data?.pages[0]?.items[0]
  const name = first && first.actor === actor ? words.actor(first) : actor
  const narrowed = Boolean(actor || action || object_kind || object_key)
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={
          <Button
            variant="default"
            component="a"
            href={exportAddress(filter)}
            download="audit.csv"
            leftSection={<Icon name="download" size={14} />}
          >
            {narrowed ? t('export_filtered') : t('export')}
          </Button>
        }
      />
      <ChainPanel />
      <Filters>
        <SearchField
          label={t('filter.object_key')}
          value={object_key ?? ''}
          onSearch={(text) => setSearch({ object_key: text })}
        />
        <NativeSelect
          aria-label={t('filter.action')}
          value={action ?? ''}
          onChange={(event) => setSearch({ action: event.currentTarget.value })}
          data={[{ value: '', label: t('filter.every_action') }, ...words.actions()]}
        />
        <NativeSelect
          aria-label={t('filter.kind')}
          value={object_kind ?? ''}
          onChange={(event) => setSearch({ object_kind: event.currentTarget.value })}
          data={[{ value: '', label: t('filter.every_kind') }, ...words.kinds()]}
        />
        {actor && <span>{t('filter.by', { actor: name })}</span>}
        {narrowed && (
          <Button variant="subtle" onClick={clear}>
            {t('filter.clear')}
          </Button>
        )}
      </Filters>
      <DataTable
        label={t('title')}
        columns={useColumns(setShown, (id) => setSearch({ actor: id }))}
        rows={rows}
        rowKey={(row) => String(row.seq)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={narrowed ? { text: t('none_found'), clear } : undefined}
      />
      {shown && <ChangeDialog row={shown} close={() => setShown(null)} />}
    </>
  )
}

function useColumns(show: (row: AuditRow) => void, only: (id: string) => void): Column<AuditRow>[] {
  const { t } = useTranslation('audit')
  const words = useAuditWords()
  return [
    {
      key: 'when',
      header: t('column.when'),
      cell: (row) => <When at={row.occurred_at} exact />,
    },
    {
      key: 'who',
      header: t('column.who'),
      cell: (row) => (
        <Button
          variant="subtle"
          color="gray"
          c="var(--ink)"
          px={0}
          title={t('only_by', { name: words.actor(row) })}
          onClick={() => only(row.actor)}
        >
          {words.actor(row)}
        </Button>
      ),
    },
    { key: 'what', header: t('column.what'), cell: (row) => words.action(row.action) },
    {
      key: 'object',
      header: t('column.object'),
      cell: (row) => (
        <>
          {words.kind(row.object_kind)} <code>{row.object_key}</code>
        </>
      ),
    },
    { key: 'address', header: t('column.address'), cell: (row) => words.address(row) },
    {
      key: 'details',
      header: t('column.details'),
      hidden: true,
      align: 'end',
      cell: (row) => (
        <Button
          variant="subtle"
          data-row-link=""
          aria-label={t('show_change', { seq: row.seq })}
          onClick={() => show(row)}
        >
          {t('show')}
        </Button>
      ),
    },
  ]
}
