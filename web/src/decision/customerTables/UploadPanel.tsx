import { Button, FileInput, Group, Switch } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeSnippet, ErrorPanel, Panel, useFormat } from '../../ui'
import { type Column, missingColumns, type Row, rowsOf } from './csv'
import { ReplaceDialog } from './ReplaceDialog'
import classes from './Tables.module.css'
import type { CustomerTable, Kind } from './tables'
import { useUpload } from './useUpload'

const examples: Record<Kind, string> = {
  assignments: 'user_id,offer,rank,expires_at\n4711,winter_sale,1,2026-12-31\n',
  scores: 'email,offer,score\nann@example.com,winter_sale,1.4\n',
  denials: 'loyalty_card,offer,expires_at\n20481,*,2026-12-31\n',
}

type Chosen = { name: string; rows: Row[] }

/** Brings the rows of a file in, and goes on after a failure where it stopped. */
export function UploadPanel({ table }: { table: CustomerTable }) {
  const { t, i18n } = useTranslation('customer_tables')
  const format = useFormat()
  const upload = useUpload(table)
  const [chosen, choose] = useState<Chosen | null>(null)
  const [mistake, setMistake] = useState<string | null>(null)
  const [replaces, setReplaces] = useState(true)
  const [busy, setBusy] = useState(false)
  const { progress } = upload
  const withoutColumns = (missing: Column[]) => {
    const words = missing.map((column) => t(`upload.needs_${column}`))
    const columns = new Intl.ListFormat(i18n.language).format(words)
    const first = examples[table.kind].split('\n')[0]
    return t('upload.missing', { columns, first })
  }
  const take = async (file: File | null) => {
    setMistake(null)
    choose(null)
    upload.forget()
    if (!file) return
    try {
      const rows = rowsOf(file.name, await file.text())
      const missing = missingColumns(table.kind, rows)
      if (missing.length === 0) choose({ name: file.name, rows })
      else setMistake(withoutColumns(missing))
    } catch {
      setMistake(t('upload.unreadable'))
    }
  }
  const send = async () => {
    if (!chosen) return
    setBusy(true)
    await upload.send(chosen.name, chosen.rows, replaces)
    setBusy(false)
  }
  const done = progress?.upload?.state === 'done'
  return (
    <Panel title={t('upload.title')}>
      <div className={classes.stack}>
        <p className={classes.soft}>{t(`upload.text_${table.kind}`)}</p>
        <CodeSnippet label={t('upload.example')} code={examples[table.kind]} />
        <FileInput
          label={t('upload.file')}
          placeholder={t('upload.choose')}
          accept=".csv,.json,text/csv,application/json"
          error={mistake}
          onChange={take}
        />
        <Switch
          label={t('upload.replaces')}
          description={t('upload.replaces_hint')}
          checked={replaces}
          onChange={(event) => setReplaces(event.currentTarget.checked)}
        />
        {progress && (
          <>
            <div className={classes.bar}>
              <span style={{ width: `${(100 * progress.sent) / Math.max(progress.total, 1)}%` }} />
            </div>
            <p aria-live="polite" className={classes.soft}>
              {t(done ? 'upload.done' : 'upload.progress', {
                sent: format.number(progress.sent),
                total: format.number(progress.total),
                count: progress.upload?.accepted_count ?? 0,
                rejected: format.number(progress.upload?.rejected_count ?? 0),
              })}
            </p>
          </>
        )}
        {upload.asks && progress?.upload && (
          <ReplaceDialog
            table={table}
            upload={progress.upload}
            replace={upload.finish}
            close={upload.forget}
          />
        )}
        {upload.failure && <ErrorPanel error={upload.failure} retry={send} />}
        <Group gap="xs">
          <Button disabled={!chosen} loading={busy} onClick={send}>
            {chosen ? t('upload.send', { count: chosen.rows.length }) : t('upload.nothing')}
          </Button>
          {busy && (
            <Button variant="default" onClick={upload.stop}>
              {t('upload.stop')}
            </Button>
          )}
        </Group>
      </div>
    </Panel>
  )
}
