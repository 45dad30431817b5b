import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  StatusBadge,
  type Tone,
  useUrl,
  When,
} from '../../ui'
import { BulkPanel } from './BulkPanel'
import { ItemDialog } from './ItemDialog'
import { countsQuery, type Quarantined, quarantinePages, type State, states } from './quarantine'

const tones: Record<State, Tone> = { waiting: 'warn', replayed: 'good', discarded: 'plain' }

export default function QuarantinePage() {
  const { t } = useTranslation('quarantine')
  const [search, setSearch] = useUrl()
  const { source, reason, state } = search
  const rows = useInfiniteQuery(quarantinePages({ source_id: source, reason, state }))
  const [opened, open] = useState<Quarantined | null>(null)
  const narrowed = Boolean(source || reason || state)
  const clear = () => setSearch({ source: null, reason: null, state: null })
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <BulkPanel source={source} reason={reason} choose={setSearch} />
      <FilterRow search={search} choose={setSearch} clear={narrowed ? clear : undefined} />
      <DataTable
        label={t('title')}
        columns={useColumns(open)}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={narrowed ? { text: t('none_found'), clear } : undefined}
      />
      {opened && <ItemDialog item={opened} close={() => open(null)} />}
    </>
  )
}

function FilterRow({
  search,
  choose,
  clear,
}: {
  search: Record<string, string | undefined>
  choose: (change: Record<string, string>) => void
  clear: (() => void) | undefined
}) {
  const { t } = useTranslation('quarantine')
  const reasonWord = useReason()
  const counts = useQuery(countsQuery())
  const waiting = counts.data ?? []
  const reasons = new Set([...waiting.map((one) => one.reason), search.reason ?? ''])
  reasons.delete('')
  const sources = new Map(waiting.map((one) => [one.source_id, one.source]))
  if (search.source && !sources.has(search.source)) sources.set(search.source, search.source)
  return (
    <Filters>
      <NativeSelect
        aria-label={t('filter.state')}
        value={search.state ?? 'waiting'}
        onChange={(event) => {
          const value = event.currentTarget.value
          choose({ state: value === 'waiting' ? '' : value })
        }}
        data={states.map((value) => ({ value, label: t(`state.${value}`) }))}
      />
      <NativeSelect
        aria-label={t('filter.reason')}
        value={search.reason ?? ''}
        onChange={(event) => choose({ reason: event.currentTarget.value })}
        data={[
          { value: '', label: t('filter.every_reason') },
          ...[...reasons].map((value) => ({ value, label: reasonWord(value) })),
        ]}
      />
      <NativeSelect
        aria-label={t('filter.source')}
        value={search.source ?? ''}
        onChange={(event) => choose({ source: event.currentTarget.value })}
        data={[
          { value: '', label: t('filter.every_source') },
          ...[...sources].map(([value, label]) => ({ value, label })),
        ]}
      />
      {clear && (
        <Button variant="subtle" onClick={clear}>
          {t('filter.clear')}
        </Button>
      )}
    </Filters>
  )
}

/** A reason in words; unknown ones made readable. */
export function useReason(): (reason: string) => string {
  const { i18n } = useTranslation()
  const word = useWord()
  return (reason) => {
    const known: unknown = i18n.getResource(i18n.language, 'quarantine', `why.${reason}`)
    return typeof known === 'string' ? known : word('reason', reason)
  }
}

function useColumns(open: (row: Quarantined) => void): Column<Quarantined>[] {
  const { t } = useTranslation('quarantine')
  const reasonWord = useReason()
  return [
    { key: 'when', header: t('column.when'), cell: (row) => <When at={row.received_at} /> },
    { key: 'reason', header: t('column.reason'), cell: (row) => <b>{reasonWord(row.reason)}</b> },
    { key: 'detail', header: t('column.detail'), wrap: true, cell: (row) => row.detail },
    { key: 'source', header: t('column.source'), cell: (row) => row.source },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) => <StatusBadge tone={tones[row.state]} word={t(`state.${row.state}`)} />,
    },
    {
      key: 'open',
      header: t('column.actions'),
      hidden: true,
      align: 'end',
      cell: (row) => (
        <Button
          variant="subtle"
          data-row-link=""
          aria-label={t('open_one', { id: row.id })}
          onClick={() => open(row)}
        >
          {t('open')}
        </Button>
      ),
    },
  ]
}
