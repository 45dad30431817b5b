import { Button, FileButton, Stack, Textarea, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { type Definition, Fields } from '../../app/definition'
import { useWord } from '../../locales/words'
import {
  ConfirmButton,
  DataTable,
  dateOf,
  EmptyState,
  ErrorPanel,
  endOfDay,
  NoPermission,
  Panel,
  placeName,
  useFormat,
  When,
} from '../../ui'
import { entryPages, type SuppressionEntry, useAdd, useRemove } from './suppressions'

/** Whom the list holds, and how identifiers come on it and off it. */
export function EntriesView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('suppressions')
  if (!definition?.published_version) {
    return <EmptyState title={t('entries.unpublished')} text={t('entries.unpublished_text')} />
  }
  return (
    <Stack gap="md">
      <AddPanel name={definition.key} />
      <EntriesTable name={definition.key} />
    </Stack>
  )
}

function AddPanel({ name }: { name: string }) {
  const { t } = useTranslation('suppressions')
  const format = useFormat()
  const may = useMay()
  const add = useAdd()
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const allowed = may('record_responses')
  const names = {
    '/text': t('add.text'),
    '/reason': t('add.reason'),
    '/expires_at': t('add.until'),
  }
  const send = () =>
    add.mutate(
      {
        path: { key: name },
        body: { text, reason, expires_at: endOfDay(until) ?? null },
      },
      { onSuccess: () => setText('') },
    )
  return (
    <Panel title={t('add.title')}>
      <Fields>
        <Textarea
          label={t('add.text')}
          description={t('add.hint')}
          rows={3}
          value={text}
          readOnly={!allowed}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <TextInput
          label={t('add.reason')}
          value={reason}
          readOnly={!allowed}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          min={dateOf(Date.now())}
          label={t('add.until')}
          value={until}
          readOnly={!allowed}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
          <Button disabled={!allowed || !text.trim()} loading={add.isPending} onClick={send}>
            {t('add.do')}
          </Button>
          <FileButton
            accept=".csv,.txt,text/plain,text/csv"
            onChange={async (file) => file && setText(await file.text())}
          >
            {(props) => (
              <Button {...props} variant="default" disabled={!allowed}>
                {t('add.file')}
              </Button>
            )}
          </FileButton>
        </div>
        {add.error && <ErrorPanel error={add.error} nameOf={(path) => placeName(names, path)} />}
        {add.data && (
          <p role="status">
            {t('add.done', {
              lines: format.number(add.data.lines),
              added: format.number(add.data.added),
            })}
          </p>
        )}
      </Fields>
    </Panel>
  )
}

function EntriesTable({ name }: { name: string }) {
  const { t } = useTranslation('suppressions')
  const may = useMay()
  const word = useWord()
  const allowed = may('view_customers')
  const entries = useInfiniteQuery({ ...entryPages(name), enabled: allowed })
  const remove = useRemove()
  if (!allowed) return <NoPermission permission="view_customers" />
  const off = (row: SuppressionEntry) => (
    <ConfirmButton
      label={t('entries.remove')}
      title={t('entries.remove_title', { hint: row.hint })}
      text={t('entries.remove_text')}
      confirm={t('entries.remove')}
      disabled={!may('record_responses')}
      onConfirm={() => remove.mutate({ path: { key: name, digest: row.digest } })}
    />
  )
  return (
    <Panel title={t('entries.title')} flush>
      {remove.error && <ErrorPanel error={remove.error} />}
      <DataTable
        bare
        label={t('entries.title')}
        rows={entries}
        rowKey={(row) => row.digest}
        columns={[
          { key: 'hint', header: t('entries.hint'), cell: (row) => row.hint },
          { key: 'kind', header: t('entries.kind'), cell: (row) => word('identifier', row.kind) },
          {
            key: 'reason',
            header: t('reason'),
            wrap: true,
            cell: (row) => row.reason || t('entries.lists_reason'),
          },
          { key: 'author', header: t('entries.author'), cell: (row) => row.author },
          { key: 'added', header: t('entries.added'), cell: (row) => <When at={row.added_at} /> },
          {
            key: 'until',
            header: t('expires'),
            cell: (row) => (row.expires_at ? <When at={row.expires_at} /> : t('never')),
          },
          { key: 'off', header: t('entries.remove'), hidden: true, cell: off },
        ]}
        empty={<EmptyState title={t('entries.empty')} text={t('entries.empty_text')} />}
      />
    </Panel>
  )
}
