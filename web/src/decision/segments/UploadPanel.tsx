import { Button, FileButton, NativeSelect, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ErrorPanel, Panel, useFormat } from '../../ui'
import classes from './Segments.module.css'
import { useSnapshot, useUpload } from './segments'

const ways = ['add', 'remove', 'replace'] as const
type Way = (typeof ways)[number]

/** Members by a list of identifiers, or by a snapshot of the rule. */
export function UploadPanel({ name, ruled }: { name: string; ruled: boolean }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const may = useMay()
  const upload = useUpload()
  const snapshot = useSnapshot()
  const [text, setText] = useState('')
  const [way, setWay] = useState<Way>('add')
  const report = upload.data
  const allowed = may('edit_journeys')
  const path = { key: name }
  return (
    <Panel title={t('upload.title')}>
      <div className={classes.stack}>
        <Textarea
          label={t('upload.text')}
          description={t('upload.hint')}
          rows={4}
          value={text}
          readOnly={!allowed}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NativeSelect
          label={t('upload.way')}
          value={way}
          disabled={!allowed}
          data={ways.map((value) => ({ value, label: t(`upload.ways.${value}`) }))}
          onChange={(event) =>
            setWay(ways.find((one) => one === event.currentTarget.value) ?? 'add')
          }
        />
        <div className={classes.row}>
          <Button
            disabled={!allowed || !text.trim()}
            loading={upload.isPending}
            onClick={() => upload.mutate({ path, body: { text, way } })}
          >
            {t(`upload.${way}`)}
          </Button>
          <FileButton
            accept=".csv,.txt,text/plain,text/csv"
            onChange={async (file) => file && setText(await file.text())}
          >
            {(props) => (
              <Button {...props} variant="default" disabled={!allowed}>
                {t('upload.file')}
              </Button>
            )}
          </FileButton>
          {ruled && (
            <Button
              variant="default"
              disabled={!allowed}
              loading={snapshot.isPending}
              onClick={() => snapshot.mutate({ path })}
            >
              {t('upload.snapshot')}
            </Button>
          )}
        </div>
        {upload.error && <ErrorPanel error={upload.error} />}
        {snapshot.error && <ErrorPanel error={snapshot.error} />}
        {snapshot.data && (
          <p role="status">{t('upload.taken', { shown: format.number(snapshot.data.size) })}</p>
        )}
        {report && (
          <div role="status" className={classes.stack}>
            <p className={classes.soft}>
              {t('upload.report', {
                lines: format.number(report.lines),
                known: format.number(report.known),
                added: format.number(report.added),
                removed: format.number(report.removed),
                repeated: format.number(report.repeated),
                unknown: format.number(report.unknown),
              })}
            </p>
            {report.unknown_values.length > 0 && (
              <details>
                <summary className={classes.summary}>{t('upload.unknown')}</summary>
                <p className={classes.soft}>{report.unknown_values.join(', ')}</p>
              </details>
            )}
          </div>
        )}
      </div>
    </Panel>
  )
}
