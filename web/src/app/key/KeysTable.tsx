import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Column,
  ConfirmButton,
  DataTable,
  ErrorPanel,
  type Rows,
  StatusBadge,
  When,
} from '../../ui'
import type { SourceChoice } from './KeyDialog'
import { type IssuedKey, type Key, useRevokeKey, useRotateKey } from './keys'
import { SecretDialog } from './SecretDialog'

/** Keys with what they may do and when they were last used; rotate and revoke. */
export function KeysTable({
  rows,
  empty,
  sources,
  bare,
}: {
  rows: Rows<Key>
  empty: ReactNode
  /** Given where keys of several sources stand together. */
  sources?: SourceChoice[]
  bare?: boolean
}) {
  const { t } = useTranslation('keys')
  const rotate = useRotateKey()
  const revoke = useRevokeKey()
  const [issued, setIssued] = useState<IssuedKey | null>(null)
  const failure = rotate.error ?? revoke.error
  const actions: Column<Key> = {
    key: 'actions',
    header: t('column.actions'),
    hidden: true,
    align: 'end',
    cell: (key) =>
      key.revoked_at ? null : (
        <Actions
          keyName={key.name}
          rotate={() => rotate.mutate({ path: { id: key.id } }, { onSuccess: setIssued })}
          revoke={() =>
            revoke.mutate(
              { path: { id: key.id } },
              { onSuccess: () => notifications.show({ message: t('revoke.done') }) },
            )
          }
        />
      ),
  }
  return (
    <>
      {failure && <ErrorPanel error={failure} />}
      <DataTable
        label={t('title')}
        columns={[...useColumns(sources), actions]}
        rows={rows}
        rowKey={(key) => key.id}
        empty={empty}
        bare={bare}
      />
      {issued && <SecretDialog issued={issued} close={() => setIssued(null)} />}
    </>
  )
}

function Actions({
  keyName,
  rotate,
  revoke,
}: {
  keyName: string
  rotate: () => void
  revoke: () => void
}) {
  const { t } = useTranslation('keys')
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <ConfirmButton
        variant="subtle"
        label={t('rotate.button')}
        title={t('rotate.title', { name: keyName })}
        text={t('rotate.text')}
        confirm={t('rotate.confirm')}
        onConfirm={rotate}
      />
      <ConfirmButton
        variant="subtle"
        danger
        label={t('revoke.button')}
        title={t('revoke.title', { name: keyName })}
        text={t('revoke.text')}
        confirm={t('revoke.confirm')}
        onConfirm={revoke}
      />
    </Group>
  )
}

function useColumns(sources: SourceChoice[] | undefined): Column<Key>[] {
  const { t } = useTranslation('keys')
  const titles = new Map(sources?.map((one) => [one.id, one.title]))
  const source: Column<Key> = {
    key: 'source',
    header: t('column.source'),
    cell: (key) =>
      key.source_id ? (titles.get(key.source_id) ?? key.source_id) : t('create.default_source'),
  }
  return [
    { key: 'name', header: t('column.name'), cell: (key) => <b>{key.name}</b> },
    { key: 'secret', header: t('column.secret'), cell: (key) => <code>…{key.hint}</code> },
    {
      key: 'scopes',
      header: t('column.scopes'),
      cell: (key) => key.scopes.map((scope) => t(`scope.${scope}`)).join(', '),
    },
    ...(sources ? [source] : []),
    {
      key: 'used',
      header: t('column.used'),
      cell: (key) =>
        key.last_used_at ? (
          <When at={key.last_used_at} />
        ) : (
          <span style={{ color: 'var(--ink-soft)' }}>{t('never_used')}</span>
        ),
    },
    { key: 'created', header: t('column.created'), cell: (key) => <When at={key.created_at} /> },
    {
      key: 'state',
      header: t('column.state'),
      cell: (key) =>
        key.revoked_at ? (
          <StatusBadge tone="bad" word={t('state.revoked')} />
        ) : (
          <StatusBadge tone="good" word={t('state.valid')} />
        ),
    },
  ]
}
