import { Button, Group, Modal, PasswordInput, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChange } from '../api/query'
import { ErrorPanel, fieldErrors } from '../ui'

/** Changes the password of whoever is signed in; their other sessions end. */
export function PasswordDialog({ close }: { close: () => void }) {
  const { t } = useTranslation(['app', 'ui'])
  const change = useChange('post', '/api/session/password', { refresh: [] })
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const error = fieldErrors(change.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { current, password }
    const onSuccess = () => {
      notifications.show({ message: t('own_password.done') })
      close()
    }
    change.mutate({ body }, { onSuccess })
  }
  return (
    <Modal opened onClose={close} title={t('own_password.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.error && change.error.errors.length === 0 && <ErrorPanel error={change.error} />}
          <PasswordInput
            label={t('own_password.current')}
            autoComplete="current-password"
            data-autofocus
            required
            value={current}
            error={error('/current')}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('own_password.new')}
            description={t('setup.password_hint')}
            autoComplete="new-password"
            required
            value={password}
            error={error('/password')}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('own_password.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
