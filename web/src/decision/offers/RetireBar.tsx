import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { useChange } from '../../api/query'
import { ConfirmButton } from '../../ui'
import classes from './OffersPage.module.css'

/** Takes the chosen offers out of use, one after the other, and says which could not be. */
export function RetireBar({ keys, clear }: { keys: string[]; clear: () => void }) {
  const { t } = useTranslation('offers')
  const [busy, setBusy] = useState(false)
  const retire = useChange('post', '/api/definitions/{kind}/{key}/retire', {
    refresh: ['/api/definitions/{kind}', '/api/definitions/{kind}/{key}'],
  })
  const submit = async () => {
    setBusy(true)
    const failed: string[] = []
    for (const key of keys) {
      try {
        await retire.mutateAsync({ path: { kind: 'offer', key } })
      } catch (error) {
        failed.push(`${key}: ${Problem.of(error).message}`)
      }
    }
    setBusy(false)
    const count = keys.length - failed.length
    notifications.show({ message: t('retired', { count }) })
    if (failed.length > 0) {
      notifications.show({ message: failed.join('; '), color: 'red', autoClose: false })
    }
    clear()
  }
  return (
    <section className={classes.bar} aria-label={t('selected', { count: keys.length })}>
      <span aria-live="polite">{t('selected', { count: keys.length })}</span>
      <Group gap="xs">
        <Button variant="default" onClick={clear}>
          {t('deselect')}
        </Button>
        <ConfirmButton
          label={t('retire')}
          title={t('retire_title', { count: keys.length })}
          text={t('retire_text')}
          confirm={t('retire')}
          danger
          loading={busy}
          onConfirm={submit}
        />
      </Group>
    </section>
  )
}
