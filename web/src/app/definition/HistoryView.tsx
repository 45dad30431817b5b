import { Button, Group, NativeSelect } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  type Column,
  ConfirmButton,
  DataTable,
  Differences,
  ErrorPanel,
  Panel,
  Skeleton,
  StatusBadge,
  useProblemTitle,
  useUrl,
  When,
} from '../../ui'
import { useAuthor } from './author'
import {
  type Definition,
  diffQuery,
  editPermission,
  inUse,
  usePublish,
  useRestore,
  versionPages,
} from './definitions'
import classes from './form.module.css'
import { usePlaceName } from './labels'
import { useNote } from './noteText'
import type { Setup } from './setup'

type Props = {
  setup: Setup
  definition: Definition
  restored: (definition: Definition) => void
  unsaved: boolean
}

/** Every version with who and why, the difference of any two, and the way back. */
export function HistoryView(props: Props) {
  const { t } = useTranslation('definition')
  const { setup, definition } = props
  const rows = useInfiniteQuery(versionPages(setup.kind, definition.key))
  return (
    <div className={classes.form}>
      <DataTable
        label={t('history.title')}
        columns={useColumns(props)}
        rows={rows}
        rowKey={(row) => String(row.version)}
        empty={null}
      />
      {definition.latest_version > 1 && <Compare setup={setup} definition={definition} />}
    </div>
  )
}

function useColumns({ setup, definition, restored, unsaved }: Props): Column<Definition>[] {
  const { t } = useTranslation('definition')
  const may = useMay()
  const [, setSearch] = useUrl()
  const titleOf = useProblemTitle()
  const restore = useRestore()
  const publish = usePublish()
  const path = { kind: setup.kind, key: definition.key }
  const bringBack = (version: number) =>
    restore.mutate(
      { path, body: { version }, ifMatch: definition.hash },
      {
        onSuccess: (answer) => {
          restored(answer)
          notifications.show({ message: t('history.restored', { version }) })
        },
        onError: (problem) => notifications.show({ message: titleOf(problem), color: 'red' }),
      },
    )
  const putIntoUse = (version: number) =>
    publish.mutate(
      { path, body: { version } },
      {
        onSuccess: () => notifications.show({ message: t('published', { version }) }),
        onError: (problem) => notifications.show({ message: titleOf(problem), color: 'red' }),
      },
    )
  const author = useAuthor()
  const note = useNote()
  const live = inUse(definition)
  return [
    {
      key: 'version',
      header: t('history.version'),
      cell: (row) => (
        <Group gap={8} wrap="nowrap">
          {t('version', { version: row.version })}
          {row.version === live && <StatusBadge tone="good" word={t('history.in_use')} />}
        </Group>
      ),
    },
    { key: 'when', header: t('history.when'), cell: (row) => <When at={row.created_at} exact /> },
    { key: 'who', header: t('history.who'), cell: (row) => author(row.author) },
    { key: 'note', header: t('history.note'), wrap: true, cell: (row) => note(row.note) || '–' },
    {
      key: 'actions',
      header: t('history.actions'),
      hidden: true,
      align: 'end',
      cell: (row) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {row.version !== definition.version && (
            <Button
              variant="default"
              onClick={() =>
                setSearch({ from: String(row.version), to: String(definition.version) })
              }
            >
              {t('history.compare')}
            </Button>
          )}
          {row.version !== definition.version && may(editPermission[setup.kind]) && (
            <ConfirmButton
              label={t('history.restore')}
              title={t('history.restore_title', { version: row.version })}
              text={unsaved ? t('history.restore_loses') : t('history.restore_text')}
              confirm={t('history.restore')}
              onConfirm={() => bringBack(row.version)}
            />
          )}
          {row.version !== live && may('publish') && (
            <ConfirmButton
              label={t('publish.action')}
              title={t('history.publish_title', { version: row.version })}
              text={t('publish.text')}
              confirm={t('publish.action')}
              onConfirm={() => putIntoUse(row.version)}
            />
          )}
        </Group>
      ),
    },
  ]
}

function Compare({ setup, definition }: { setup: Setup; definition: Definition }) {
  const { t } = useTranslation('definition')
  const [search, setSearch] = useUrl()
  const nameOf = usePlaceName()
  const newest = definition.version
  const from = Number(search.from) || Math.max(1, newest - 1)
  const to = Number(search.to) || newest
  const diff = useQuery({
    ...diffQuery(setup.kind, definition.key, from, to),
    enabled: from !== to,
  })
  const versions = Array.from({ length: newest }, (_, place) => ({
    value: String(newest - place),
    label: t('version', { version: newest - place }),
  }))
  const changes = diff.data?.changes ?? []
  return (
    <Panel title={t('history.difference')}>
      <Group gap="sm" mb="sm">
        <NativeSelect
          label={t('history.from')}
          data={versions}
          value={String(from)}
          onChange={(event) => setSearch({ from: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('history.to')}
          data={versions}
          value={String(to)}
          onChange={(event) => setSearch({ to: event.currentTarget.value })}
        />
      </Group>
      {diff.error && <ErrorPanel error={diff.error} retry={() => diff.refetch()} />}
      {diff.isPending && from !== to && <Skeleton lines={3} />}
      {(from === to || (diff.data && changes.length === 0)) && <p>{t('history.same')}</p>}
      {changes.length > 0 && (
        <Differences
          differences={changes.map((one) => ({
            path: one.path,
            mine: one.before,
            theirs: one.after,
          }))}
          nameOf={nameOf}
          mine={t('version', { version: from })}
          theirs={t('version', { version: to })}
        />
      )}
    </Panel>
  )
}
