import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './SaveBar.module.css'

/** Stays at the foot of the page while something is not saved. */
export function SaveBar({
  isNew,
  changes,
  busy,
  save,
  discard,
}: {
  isNew: boolean
  changes: number
  busy: boolean
  save: (note: string) => Promise<unknown>
  discard: () => void
}) {
  const { t } = useTranslation('definition')
  const [note, setNote] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await save(note)) setNote('')
  }
  return (
    <form className={classes.bar} onSubmit={submit} aria-label={t('save_bar')}>
      <span className={classes.words} aria-live="polite">
        {isNew ? t('not_saved') : t('changes', { count: changes })}
      </span>
      <TextInput
        aria-label={t('note')}
        placeholder={t('note')}
        value={note}
        maxLength={500}
        onChange={(event) => setNote(event.currentTarget.value)}
        className={classes.note}
      />
      <div className={classes.buttons}>
        {!isNew && (
          <Button variant="default" onClick={discard}>
            {t('discard')}
          </Button>
        )}
        <Button type="submit" loading={busy} aria-keyshortcuts="Control+S">
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
