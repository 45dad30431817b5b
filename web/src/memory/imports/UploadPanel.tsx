import { Button, FileButton } from '@mantine/core'
import { type DragEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { upload } from '../../api/upload'
import { ErrorPanel, Icon } from '../../ui'
import { Bar } from './Bar'
import classes from './ImportPage.module.css'
import { type Import, uploadAddress } from './imports'

type Step =
  | { kind: 'waiting' }
  | { kind: 'sending'; name: string; share: number }
  | { kind: 'failed'; problem: Problem }

/** Takes a file, dragged or chosen, and shows how much of it has been sent. */
export function UploadPanel({ uploaded }: { uploaded: (one: Import) => void }) {
  const { t } = useTranslation(['imports', 'ui'])
  const [step, setStep] = useState<Step>({ kind: 'waiting' })
  const [over, setOver] = useState(false)
  const sending = useRef<AbortController | null>(null)
  const send = async (file: File | null | undefined) => {
    if (!file) return
    const abort = new AbortController()
    sending.current = abort
    const progress = (share: number) => setStep({ kind: 'sending', name: file.name, share })
    progress(0)
    try {
      uploaded(
        await upload<Import>(uploadAddress(file.name), file, { progress, signal: abort.signal }),
      )
    } catch (error) {
      if (abort.signal.aborted) setStep({ kind: 'waiting' })
      else setStep({ kind: 'failed', problem: Problem.of(error) })
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (step.kind !== 'sending') send(event.dataTransfer.files[0])
  }
  return (
    <section
      className={classes.drop}
      data-over={over}
      aria-label={t('upload.title')}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {step.kind === 'failed' && <ErrorPanel error={step.problem} />}
      {step.kind === 'sending' ? (
        <div className={classes.sending}>
          <span>{t('upload.sending', { name: step.name })}</span>
          <Bar share={step.share} label={t('upload.sending', { name: step.name })} />
          <Button variant="default" onClick={() => sending.current?.abort()}>
            {t('ui:cancel')}
          </Button>
        </div>
      ) : (
        <>
          <p className={classes.dropText}>{t('upload.text')}</p>
          <FileButton onChange={send} accept=".csv,.tsv,.txt,.log,.jsonl,.ndjson,.parquet,.gz">
            {(props) => (
              <Button {...props} data-shortcut="c" leftSection={<Icon name="import" size={14} />}>
                {t('upload.choose')}
              </Button>
            )}
          </FileButton>
        </>
      )}
    </section>
  )
}
