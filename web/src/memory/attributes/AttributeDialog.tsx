import { Button, Group, Modal, NativeSelect, Stack, Switch, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, fieldErrors } from '../../ui'
import { type Attribute, kindOf, kinds, useDescribe } from './attributes'

/** Says what an attribute means, of which kind it is and whether it is personal. */
export function AttributeDialog({ attribute, close }: { attribute: Attribute; close: () => void }) {
  const { t } = useTranslation(['attributes', 'ui'])
  const describe = useDescribe()
  const [description, setDescription] = useState(attribute.description)
  const [kind, setKind] = useState(attribute.kind)
  const [personal, setPersonal] = useState(attribute.personal)
  const error = fieldErrors(describe.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // A kind that nobody touched stays learned; sending it would fix it.
    const fixed = kind === attribute.kind ? {} : { kind }
    const onSuccess = () => {
      notifications.show({ message: t('saved', { key: attribute.key }) })
      close()
    }
    describe.mutate(
      { path: { key: attribute.key }, body: { description, personal, ...fixed } },
      { onSuccess },
    )
  }
  return (
    <Modal opened onClose={close} title={t('edit_one', { key: attribute.key })}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {describe.error && describe.error.errors.length === 0 && (
            <ErrorPanel error={describe.error} />
          )}
          <Textarea
            label={t('column.description')}
            description={t('description_hint')}
            data-autofocus
            autosize
            minRows={2}
            maxRows={8}
            maxLength={1000}
            value={description}
            error={error('/description')}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <NativeSelect
            label={t('column.kind')}
            description={attribute.fixed ? t('fixed_text') : t('learned_text')}
            value={kind}
            error={error('/kind')}
            data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(event) => {
              const chosen = kindOf(event.currentTarget.value)
              if (chosen) setKind(chosen)
            }}
          />
          <Switch
            label={t('personal')}
            description={t('personal_hint')}
            checked={personal}
            onChange={(event) => setPersonal(event.currentTarget.checked)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={describe.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
