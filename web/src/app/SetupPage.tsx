import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChange } from '../api/query'
import { sessionQuery } from '../api/session'
import { ErrorPanel, fieldErrors, placeName } from '../ui'
import { Door } from './Door'
import classes from './Door.module.css'

/** A new installation: the first administrator is made here. */
export default function SetupPage() {
  const { t } = useTranslation('app')
  const queries = useQueryClient()
  const setup = useChange('post', '/api/setup', { refresh: ['/api/setup'] })
  const [form, setForm] = useState({ name: '', email: '', password: '' })
  const error = fieldErrors(setup.error)
  const names = {
    '/name': t('setup.name'),
    '/email': t('setup.email'),
    '/password': t('setup.password'),
  }
  const set = (part: Partial<typeof form>) => setForm((before) => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setup.mutate(
      { body: form },
      { onSuccess: () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey }) },
    )
  }
  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      <form onSubmit={submit} className={classes.fields}>
        {setup.error && (
          <ErrorPanel error={setup.error} nameOf={(path) => placeName(names, path)} />
        )}
        <TextInput
          label={t('setup.name')}
          autoComplete="name"
          required
          value={form.name}
          error={error('/name')}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t('setup.email')}
          type="email"
          autoComplete="username"
          required
          value={form.email}
          error={error('/email')}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('setup.password')}
          description={t('setup.password_hint')}
          autoComplete="new-password"
          required
          minLength={12}
          value={form.password}
          error={error('/password')}
          onChange={(event) => set({ password: event.currentTarget.value })}
        />
        <Button type="submit" size="sm" loading={setup.isPending}>
          {t('setup.submit')}
        </Button>
      </form>
    </Door>
  )
}
