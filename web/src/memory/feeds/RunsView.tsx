import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Definition } from '../../app/definition'
import {
  type Column,
  DataTable,
  EmptyState,
  StatusBadge,
  sentence,
  useFormat,
  When,
} from '../../ui'
import { importPath } from '../imports/nav'
import classes from './Feeds.module.css'
import { filesPages, type Run, runsPages, runTones, type TakenFile } from './feeds'
import { StandingPanel } from './StandingPanel'

/** What a feed has brought: its runs, and the files they took. */
export function RunsView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('feeds')
  if (!definition?.published_version) {
    return <EmptyState title={t('runs.draft.title')} text={t('runs.draft.text')} />
  }
  return (
    <div className={classes.parts}>
      <StandingPanel feed={definition.key} />
      <Runs feed={definition.key} />
      <Files feed={definition.key} />
    </div>
  )
}

function Runs({ feed }: { feed: string }) {
  const { t } = useTranslation('feeds')
  const format = useFormat()
  const rows = useInfiniteQuery({ ...runsPages(feed), refetchInterval: 3_000 })
  const columns: Column<Run>[] = [
    { key: 'began', header: t('runs.began'), cell: (row) => <When at={row.started_at} /> },
    {
      key: 'state',
      header: t('runs.state'),
      cell: (row) => (
        <>
          <StatusBadge tone={runTones[row.state]} word={t(`run_state.${row.state}`)} />
          {row.error && <span className={classes.error}>{sentence(row.error)}</span>}
        </>
      ),
    },
    { key: 'by', header: t('runs.by'), cell: (row) => row.author || t('runs.due') },
    number('files', t('runs.files'), (row) => row.numbers.files),
    number('failed', t('runs.failed'), (row) => row.numbers.failed_files),
    number('accepted', t('runs.accepted'), (row) => row.numbers.accepted),
    number('known', t('runs.known'), (row) => row.numbers.duplicates),
    number('rejected', t('runs.rejected'), (row) => row.numbers.rejected_rows),
  ]
  function number(key: string, header: string, of: (row: Run) => number | undefined): Column<Run> {
    return { key, header, align: 'end', cell: (row) => format.number(of(row) ?? 0) }
  }
  return (
    <section>
      <h2 className={classes.heading}>{t('runs.title')}</h2>
      <DataTable
        label={t('runs.title')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('runs.empty.title')} text={t('runs.empty.text')} />}
      />
    </section>
  )
}

function Files({ feed }: { feed: string }) {
  const { t } = useTranslation('feeds')
  const format = useFormat()
  const rows = useInfiniteQuery({ ...filesPages(feed), refetchInterval: 3_000 })
  const columns: Column<TakenFile>[] = [
    { key: 'path', header: t('files.path'), wrap: true, cell: (row) => row.path },
    { key: 'taken', header: t('files.taken'), cell: (row) => <When at={row.taken_at} /> },
    {
      key: 'came',
      header: t('files.came'),
      cell: (row) =>
        row.error ? (
          <>
            <StatusBadge tone="bad" word={t('run_state.failed')} />
            <span className={classes.error}>{sentence(row.error)}</span>
          </>
        ) : (
          <StatusBadge tone="good" word={t('run_state.done')} />
        ),
    },
    {
      key: 'accepted',
      header: t('runs.accepted'),
      align: 'end',
      cell: (row) => format.number(row.accepted_count),
    },
    {
      key: 'rejected',
      header: t('runs.rejected'),
      align: 'end',
      cell: (row) =>
        row.import_id ? (
          <Link
            to={importPath(row.import_id)}
            aria-label={t('files.report', {
              rejected: format.number(row.rejected_count),
              path: row.path,
            })}
          >
            {format.number(row.rejected_count)}
          </Link>
        ) : (
          format.number(row.rejected_count)
        ),
    },
  ]
  return (
    <section>
      <h2 className={classes.heading}>{t('files.title')}</h2>
      <DataTable
        label={t('files.title')}
        columns={columns}
        rows={rows}
        rowKey={(row) => `${row.path} ${row.run_id} ${row.taken_at}`}
        empty={<EmptyState title={t('files.empty.title')} text={t('files.empty.text')} />}
      />
    </section>
  )
}
