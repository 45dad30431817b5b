import { Button, Checkbox, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, fieldErrors } from '../../ui'
import { type IssuedKey, type Scope, scopes, useIssueKey } from './keys'

export type SourceChoice = { id: string; title: string }

/** What a key for a web site or an app needs: everybody can read it there. */
const inPages: Scope[] = ['page']

/** Asks for name and scopes of a new key and, unless it is given, for the source it belongs to. */
export function KeyDialog({
  source: given,
  sources = [],
  readable = false,
  close,
  issued,
}: {
  source?: SourceChoice
  sources?: SourceChoice[]
  /** Whether it is meant for pages or an app. */
  readable?: boolean
  close: () => void
  issued: (key: IssuedKey) => void
}) {
  const { t } = useTranslation(['keys', 'ui'])
  const issue = useIssueKey()
  const [name, setName] = useState(given?.title ?? '')
  const [wanted, setWanted] = useState<Scope[]>(readable ? inPages : ['ingest'])
  const [source, setSource] = useState(given?.id ?? '')
  const error = fieldErrors(issue.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { name, scopes: wanted, source_id: source || undefined }
    issue.mutate({ body }, { onSuccess: issued })
  }
  return (
    <Modal opened onClose={close} title={t('create.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {issue.error && issue.error.errors.length === 0 && <ErrorPanel error={issue.error} />}
          <TextInput
            label={t('create.name')}
            description={t('create.name_hint')}
            data-autofocus
            required
            maxLength={100}
            value={name}
            error={error('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <ScopeChoice wanted={wanted} choose={setWanted} error={error('/scopes')} />
          {sources.length > 0 && (
            <NativeSelect
              label={t('create.source')}
              description={t('create.source_hint')}
              value={source}
              error={error('/source_id')}
              data={[
                { value: '', label: t('create.default_source') },
                ...sources.map((one) => ({ value: one.id, label: one.title })),
              ]}
              onChange={(event) => setSource(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={issue.isPending}>
              {t('create.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function ScopeChoice({
  wanted,
  choose,
  error,
}: {
  wanted: Scope[]
  choose: (scopes: Scope[]) => void
  error: string | undefined
}) {
  const { t } = useTranslation('keys')
  return (
    <Checkbox.Group
      label={t('create.scopes')}
      value={wanted}
      error={error}
      onChange={(values) => choose(scopes.filter((scope) => values.includes(scope)))}
    >
      <Stack gap={6} mt={4}>
        {scopes.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={t(`scope.${scope}`)}
            description={t(`scope_text.${scope}`)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
