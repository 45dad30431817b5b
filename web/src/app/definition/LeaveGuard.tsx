import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

/** Asks before unsaved changes are left behind, also when the window is closed. */
export function LeaveGuard({ when }: { when: boolean }) {
  const { t } = useTranslation(['definition', 'ui'])
  const blocker = useBlocker({
    // A change of the view within the page leaves nothing behind.
    shouldBlockFn: ({ current, next }) => when && current.pathname !== next.pathname,
    enableBeforeUnload: when,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  return (
    <Modal
      opened
      onClose={blocker.reset}
      title={t('leave.title')}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Text>{t('leave.text')}</Text>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={blocker.proceed}>
          {t('leave.go')}
        </Button>
        <Button onClick={blocker.reset} data-autofocus>
          {t('leave.stay')}
        </Button>
      </Group>
    </Modal>
  )
}
