import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  SearchField,
  StatusBadge,
  useFormat,
  useUrl,
} from '../../ui'
import { AttributeDialog } from './AttributeDialog'
import { type Attribute, attributesPages } from './attributes'
import { FillBar } from './FillBar'

export default function AttributesPage() {
  const { t } = useTranslation('attributes')
  const [search, setSearch] = useUrl()
  const asked = search.q ?? ''
  const all = useInfiniteQuery(attributesPages())
  const [edited, edit] = useState<Attribute | null>(null)
  const fits = (row: Attribute) =>
    `${row.key} ${row.description}`.toLowerCase().includes(asked.toLowerCase())
  const pages = all.data?.pages.map((page) => ({ items: page.items.filter(fits) }))
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <Filters>
        <SearchField
          label={t('search')}
          value={asked}
          onSearch={(text) => setSearch({ q: text })}
        />
      </Filters>
      <DataTable
        label={t('title')}
        columns={useColumns(edit)}
        rows={{ ...all, data: pages && { pages } }}
        rowKey={(row) => row.key}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          asked
            ? { text: t('none_found', { asked }), clear: () => setSearch({ q: null }) }
            : undefined
        }
      />
      {edited && <AttributeDialog attribute={edited} close={() => edit(null)} />}
    </>
  )
}

function useColumns(edit: (row: Attribute) => void): Column<Attribute>[] {
  const { t } = useTranslation('attributes')
  const format = useFormat()
  return [
    {
      key: 'key',
      header: t('column.key'),
      cell: (row) => (
        <>
          <b>{row.key}</b>{' '}
          {row.personal && <StatusBadge tone="warn" icon="lock" word={t('personal')} />}
        </>
      ),
    },
    {
      key: 'kind',
      header: t('column.kind'),
      cell: (row) => (
        <span title={row.fixed ? t('fixed_text') : t('learned_text')}>
          {t(`kind.${row.kind}`)}
          {row.fixed && ` · ${t('fixed')}`}
        </span>
      ),
    },
    {
      key: 'description',
      header: t('column.description'),
      wrap: true,
      cell: (row) =>
        row.description || <span style={{ color: 'var(--ink-soft)' }}>{t('undescribed')}</span>,
    },
    { key: 'fill', header: t('column.fill'), width: 150, cell: (row) => <FillBar row={row} /> },
    {
      key: 'examples',
      header: t('column.examples'),
      wrap: true,
      cell: (row) => row.examples.slice(0, 3).join(', ') || '–',
    },
    {
      key: 'seen',
      header: t('column.seen'),
      align: 'end',
      cell: (row) => format.number(row.seen_count),
    },
    {
      key: 'edit',
      header: t('column.actions'),
      hidden: true,
      align: 'end',
      cell: (row) => <EditButton row={row} edit={() => edit(row)} />,
    },
  ]
}

function EditButton({ row, edit }: { row: Attribute; edit: () => void }) {
  const { t } = useTranslation('attributes')
  const may = useMay()
  const word = useWord()
  const refused = t('needs', { permission: word('permission', 'edit_data') })
  return (
    <Button
      variant="subtle"
      data-row-link=""
      aria-label={t('edit_one', { key: row.key })}
      disabled={!may('edit_data')}
      title={may('edit_data') ? undefined : refused}
      onClick={edit}
    >
      {t('edit')}
    </Button>
  )
}
