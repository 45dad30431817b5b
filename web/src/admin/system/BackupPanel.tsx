import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { CodeSnippet, Icon, Panel } from '../../ui'
import classes from './SystemPage.module.css'
import { backupAddress, lakeQuery } from './system'

const backup = 'rapport backup rapport-$(date +%F).db'
const restore = 'rapport restore rapport-2026-01-31.db'
const dump = 'pg_dump --format=custom --file=rapport.dump "$RAPPORT_STORE"'

/** How to keep a copy, and what happens when one is put back. */
export function BackupPanel({ embedded, may }: { embedded: boolean; may: boolean }) {
  const { t } = useTranslation('system')
  return (
    <Panel title={t('backup.title')}>
      <div className={classes.part}>
        {embedded ? (
          <>
            <p>{t('backup.embedded')}</p>
            <CodeSnippet label={t('backup.title')} code={backup} />
            {may && <Download />}
            <p>{t('backup.restore')}</p>
            <CodeSnippet label={t('backup.restore_label')} code={restore} />
          </>
        ) : (
          <>
            <p>{t('backup.postgres')}</p>
            <CodeSnippet label={t('backup.title')} code={dump} />
          </>
        )}
      </div>
    </Panel>
  )
}

/** A copy of the store alone, as long as it is whole without the files of the lake. */
function Download() {
  const { t } = useTranslation('system')
  const { data: lake } = useQuery(lakeQuery())
  if (!lake) return null
  if (lake.tables.some((table) => table.files > 0)) {
    return <p className={classes.soft}>{t('backup.lake')}</p>
  }
  return (
    <div>
      <Button
        variant="default"
        component="a"
        href={backupAddress}
        download="rapport.db"
        leftSection={<Icon name="download" size={14} />}
      >
        {t('backup.download')}
      </Button>
    </div>
  )
}
