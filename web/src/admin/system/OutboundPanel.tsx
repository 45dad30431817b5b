import { Button, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { ConfirmButton, ErrorPanel, fieldErrors, Panel, StatusBadge, useFormat } from '../../ui'
import classes from './SystemPage.module.css'
import { type System, useHold, useRelease } from './system'

/** Whether messages go out; the one switch that stops them all. */
export function OutboundPanel({
  hold,
  may,
}: {
  hold: NonNullable<System['outbound_hold']> | null
  may: boolean
}) {
  const { t } = useTranslation('system')
  const word = useWord()
  const refused = t('needs', { permission: word('permission', 'manage_system') })
  return (
    <Panel
      title={t('outbound.title')}
      aside={
        hold ? (
          <StatusBadge tone="warn" icon="pause" word={t('outbound.held')} />
        ) : (
          <StatusBadge tone="good" word={t('outbound.flowing')} />
        )
      }
    >
      <div className={classes.part}>
        {hold ? <Held hold={hold} may={may} /> : <p>{t('outbound.flowing_text')}</p>}
        {!hold && may && <HoldForm />}
        {!may && <p className={classes.soft}>{refused}</p>}
      </div>
    </Panel>
  )
}

function Held({ hold, may }: { hold: NonNullable<System['outbound_hold']>; may: boolean }) {
  const { t } = useTranslation('system')
  const format = useFormat()
  const release = useRelease()
  return (
    <>
      {release.error && <ErrorPanel error={release.error} />}
      <p>{t('outbound.held_text', { since: format.moment(hold.since), reason: hold.reason })}</p>
      <p className={classes.soft}>{t('outbound.held_hint')}</p>
      {may && (
        <div>
          <ConfirmButton
            variant="filled"
            label={t('outbound.release')}
            title={t('outbound.release_title')}
            text={t('outbound.release_text')}
            confirm={t('outbound.release')}
            loading={release.isPending}
            onConfirm={() =>
              release.mutate(
                {},
                { onSuccess: () => notifications.show({ message: t('outbound.released') }) },
              )
            }
          />
        </div>
      )}
    </>
  )
}

function HoldForm() {
  const { t } = useTranslation('system')
  const hold = useHold()
  const [reason, setReason] = useState('')
  const error = fieldErrors(hold.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    hold.mutate({ body: { reason } })
  }
  return (
    <form onSubmit={submit} className={classes.row}>
      <TextInput
        className={classes.grow}
        label={t('outbound.reason')}
        required
        maxLength={200}
        value={reason}
        error={error('/reason') ?? hold.error?.document.detail}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button type="submit" color="red" variant="outline" loading={hold.isPending}>
        {t('outbound.hold')}
      </Button>
    </form>
  )
}
