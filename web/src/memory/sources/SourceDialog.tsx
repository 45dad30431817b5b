import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, fieldErrors } from '../../ui'
import { keyOf, kindOf, kinds, type Source, type SourceKind, useCreateSource } from './sources'

/** Makes a source; its key follows the title until somebody writes another. */
export function SourceDialog({
  close,
  created,
}: {
  close: () => void
  created: (source: Source) => void
}) {
  const { t } = useTranslation(['sources', 'ui'])
  const create = useCreateSource()
  const [title, setTitle] = useState('')
  const [ownKey, setOwnKey] = useState<string | null>(null)
  const [kind, setKind] = useState<SourceKind>('web')
  const key = ownKey ?? keyOf(title)
  const error = fieldErrors(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ body: { key, title, kind } }, { onSuccess: created })
  }
  return (
    <Modal opened onClose={close} title={t('create.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {create.error && create.error.errors.length === 0 && <ErrorPanel error={create.error} />}
          <TextInput
            label={t('create.name')}
            description={t('create.name_hint')}
            data-autofocus
            required
            maxLength={100}
            value={title}
            error={error('/title')}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <TextInput
            label={t('create.key')}
            description={t('create.key_hint')}
            required
            maxLength={50}
            value={key}
            error={error('/key')}
            onChange={(event) => setOwnKey(event.currentTarget.value)}
          />
          <NativeSelect
            label={t('column.kind')}
            description={t(`kind_text.${kind}`)}
            value={kind}
            error={error('/kind')}
            data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(event) => {
              const chosen = kindOf(event.currentTarget.value)
              if (chosen) setKind(chosen)
            }}
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
