import { Button, Group, Modal, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { ErrorPanel } from '../../ui'
import { type Definition, useRetire } from './definitions'
import type { Setup } from './setup'

export function RetireDialog({
  setup,
  definition,
  retired,
  close,
}: {
  setup: Setup
  definition: Definition
  retired: (definition: Definition) => void
  close: () => void
}) {
  const { t } = useTranslation(['definition', 'ui'])
  const retire = useRetire()
  const submit = () =>
    retire.mutate(
      { path: { kind: setup.kind, key: definition.key } },
      {
        onSuccess: (answer) => {
          retired(answer)
          notifications.show({ message: t('retire.done') })
          close()
        },
      },
    )
  return (
    <Modal
      opened
      onClose={close}
      title={t('retire.title', { title: definition.title || definition.key })}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        {retire.error && <ErrorPanel error={retire.error} />}
        <p style={{ margin: 0 }}>{t('retire.text')}</p>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button color="red" loading={retire.isPending} onClick={submit}>
            {t('retire.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
