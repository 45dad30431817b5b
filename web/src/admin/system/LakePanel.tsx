import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, Facts, Panel, Skeleton, useFormat, When } from '../../ui'
import classes from './SystemPage.module.css'
import { type Lake, lakeQuery, useArchive } from './system'

/** What lies in files under the log, and what waits. */
export function LakePanel({ may }: { may: boolean }) {
  const { t } = useTranslation('system')
  const lake = useQuery({ ...lakeQuery(), refetchInterval: 15_000 })
  return (
    <Panel title={t('lake.title')}>
      <div className={classes.part}>
        <p>{t('lake.text')}</p>
        {lake.data && <Shown lake={lake.data} />}
        {lake.isPending && <Skeleton lines={5} />}
        {lake.error && !lake.data && <ErrorPanel error={lake.error} retry={() => lake.refetch()} />}
        {may && <ArchiveButton />}
      </div>
    </Panel>
  )
}

function Shown({ lake }: { lake: Lake }) {
  const { t } = useTranslation('system')
  const format = useFormat()
  const never = t('lake.never')
  return (
    <>
      <Facts
        facts={[
          { name: t('lake.tail'), value: format.number(lake.tail_rows) },
          {
            name: t('lake.archived_at'),
            value: lake.archived_at ? <When at={lake.archived_at} /> : never,
          },
          {
            name: t('lake.compacted_at'),
            value: lake.compacted_at ? <When at={lake.compacted_at} /> : never,
          },
          { name: t('lake.place'), value: <code className={classes.long}>{lake.place}</code> },
          {
            name: t('lake.engine'),
            value: lake.engine === 'embedded' ? t('lake.embedded') : <code>{lake.engine}</code>,
          },
        ]}
      />
      {lake.tables.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th>{t('lake.table')}</th>
                <th>{t('lake.files')}</th>
                <th>{t('lake.rows')}</th>
                <th>{t('lake.bytes')}</th>
              </tr>
            </thead>
            <tbody>
              {lake.tables.map((table) => (
                <tr key={table.table}>
                  <td>
                    <code>{table.table}</code>
                  </td>
                  <td>{format.number(table.files)}</td>
                  <td>{format.number(table.rows)}</td>
                  <td>{t('lake.megabytes', { size: format.decimal(table.bytes / 1e6, 1) })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function ArchiveButton() {
  const { t } = useTranslation('system')
  const archive = useArchive()
  return (
    <>
      {archive.error && <ErrorPanel error={archive.error} />}
      <div>
        <Button
          variant="default"
          loading={archive.isPending}
          onClick={() =>
            archive.mutate(
              {},
              { onSuccess: () => notifications.show({ message: t('lake.archived') }) },
            )
          }
        >
          {t('lake.archive')}
        </Button>
      </div>
      <p className={classes.soft}>{t('lake.archive_hint')}</p>
    </>
  )
}
