import { Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, useFieldErrors } from '../../ui'
import { RoleField } from './RoleField'
import { type Role, useCreateUser } from './users'

type Draft = { name: string; email: string; role: Role; password: string }

/** Creates an account with its first password. */
export function UserDialog({ close }: { close: () => void }) {
  const { t } = useTranslation(['users', 'ui'])
  const create = useCreateUser()
  const [draft, setDraft] = useState<Draft>({
    name: '',
    email: '',
    role: 'marketer',
    password: '',
  })
  const { error, changed } = useFieldErrors(create.error)
  const set = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part })
    changed(...Object.keys(part).map((name) => `/${name}`))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      notifications.show({ message: t('create.done', { name: draft.name }) })
      close()
    }
    create.mutate({ body: draft }, { onSuccess })
  }
  return (
    <Modal opened onClose={close} title={t('create.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {create.error && create.error.errors.length === 0 && <ErrorPanel error={create.error} />}
          <TextInput
            label={t('column.name')}
            data-autofocus
            required
            maxLength={100}
            autoComplete="off"
            value={draft.name}
            error={error('/name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label={t('column.email')}
            type="email"
            required
            autoComplete="off"
            value={draft.email}
            error={error('/email')}
            onChange={(event) => set({ email: event.currentTarget.value })}
          />
          <RoleField value={draft.role} error={error('/role')} onChange={(role) => set({ role })} />
          <PasswordInput
            label={t('create.password')}
            description={t('create.password_hint')}
            required
            autoComplete="new-password"
            value={draft.password}
            error={error('/password')}
            onChange={(event) => set({ password: event.currentTarget.value })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t('create.button')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
