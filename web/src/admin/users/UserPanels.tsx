import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmButton, ErrorPanel, fieldErrors, Panel } from '../../ui'
import { RoleField } from './RoleField'
import { type Account, usePasswordReset, useUserChange } from './users'

/** Name and role. */
export function AccountPanel({ account }: { account: Account }) {
  const { t } = useTranslation('users')
  const change = useUserChange()
  const [name, setName] = useState(account.name)
  const [role, setRole] = useState(account.role)
  const same = name === account.name && role === account.role
  const error = fieldErrors(change.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { path: { id: account.id }, body: { name, role } },
      { onSuccess: () => notifications.show({ message: t('saved') }) },
    )
  }
  return (
    <Panel title={t('account')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.error && change.error.errors.length === 0 && <ErrorPanel error={change.error} />}
          <TextInput
            label={t('column.name')}
            required
            maxLength={100}
            value={name}
            error={error('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleField value={role} error={error('/role')} onChange={setRole} />
          <Group justify="flex-end">
            <Button
              type="submit"
              disabled={same}
              title={same ? t('nothing_changed') : undefined}
              loading={change.isPending}
            >
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  )
}

/** A new password for somebody who lost theirs. */
export function PasswordPanel({ account }: { account: Account }) {
  const { t } = useTranslation('users')
  const reset = usePasswordReset()
  const [password, setPassword] = useState('')
  const error = fieldErrors(reset.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      setPassword('')
      notifications.show({ message: t('password.done', { name: account.name }) })
    }
    reset.mutate({ path: { id: account.id }, body: { password } }, { onSuccess })
  }
  return (
    <Panel title={t('password.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {reset.error && reset.error.errors.length === 0 && <ErrorPanel error={reset.error} />}
          <PasswordInput
            label={t('password.new')}
            description={t('password.hint')}
            required
            autoComplete="new-password"
            value={password}
            error={error('/password')}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" variant="default" loading={reset.isPending}>
              {t('password.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  )
}

/** Closes the account or opens it again; the server keeps the last administrator. */
export function AccessPanel({ account }: { account: Account }) {
  const { t } = useTranslation('users')
  const change = useUserChange()
  const close = (disabled: boolean) =>
    change.mutate({ path: { id: account.id }, body: { disabled } })
  return (
    <Panel title={t('access.title')}>
      <Stack gap="sm">
        {change.error && <ErrorPanel error={change.error} />}
        <Text>{account.disabled ? t('access.closed_text') : t('access.open_text')}</Text>
        <Group justify="flex-end">
          {account.disabled ? (
            <Button variant="default" loading={change.isPending} onClick={() => close(false)}>
              {t('access.reopen')}
            </Button>
          ) : (
            <ConfirmButton
              danger
              label={t('access.close')}
              title={t('access.close_title', { name: account.name })}
              text={t('access.close_text')}
              confirm={t('access.close')}
              onConfirm={() => close(true)}
            />
          )}
        </Group>
      </Stack>
    </Panel>
  )
}
