import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../api/problem'
import { useChange } from '../api/query'
import { sessionQuery } from '../api/session'
import { ErrorPanel } from '../ui'
import { Door } from './Door'
import classes from './Door.module.css'

/** Sign-in; shown in place of whatever address was asked for. */
export default function SignInPage() {
  const { t } = useTranslation('app')
  const queries = useQueryClient()
  const signIn = useChange('post', '/api/session', { refresh: [] })
  const [form, setForm] = useState({ email: '', password: '' })
  const set = (part: Partial<typeof form>) => setForm((before) => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate(
      { body: form },
      { onSuccess: () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey }) },
    )
  }
  const problem =
    signIn.error?.status === 401
      ? new Problem({
          ...signIn.error.document,
          code: '',
          title: t('sign_in.wrong'),
          detail: t('sign_in.wrong_detail'),
          hint: null,
        })
      : signIn.error
  return (
    <Door title={t('sign_in.title')}>
      <form onSubmit={submit} className={classes.fields}>
        {problem && <ErrorPanel error={problem} />}
        <TextInput
          label={t('sign_in.email')}
          type="email"
          autoComplete="username"
          required
          value={form.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('sign_in.password')}
          autoComplete="current-password"
          required
          value={form.password}
          onChange={(event) => set({ password: event.currentTarget.value })}
        />
        <Button type="submit" size="sm" loading={signIn.isPending}>
          {t('sign_in.submit')}
        </Button>
      </form>
    </Door>
  )
}
