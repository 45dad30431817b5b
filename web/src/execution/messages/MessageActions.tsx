import { Button, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ConfirmButton, ErrorPanel } from '../../ui'
import { type Message, useCancel, useResolve } from './messages'

/** What somebody can still do: stop a message that waits, settle one that is uncertain. */
export function MessageActions({ message }: { message: Message }) {
  const { t } = useTranslation('messages')
  const may = useMay()
  const cancel = useCancel()
  const [settling, dialog] = useDisclosure(false)
  if (!may('edit_journeys')) return null
  const stop = () =>
    cancel.mutate(
      { path: { id: message.id } },
      {
        onSuccess: () => notifications.show({ message: t('cancel.done') }),
        onError: (problem) =>
          notifications.show({ message: problem.document.detail ?? problem.message, color: 'red' }),
      },
    )
  if (message.state === 'planned') {
    return (
      <ConfirmButton
        label={t('cancel.action')}
        title={t('cancel.title')}
        text={t('cancel.text')}
        confirm={t('cancel.action')}
        danger
        loading={cancel.isPending}
        onConfirm={stop}
      />
    )
  }
  if (message.state !== 'uncertain') return null
  return (
    <>
      <Button onClick={dialog.open}>{t('resolve.action')}</Button>
      {settling && <ResolveDialog id={message.id} close={dialog.close} />}
    </>
  )
}

function ResolveDialog({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation(['messages', 'ui'])
  const resolve = useResolve()
  const settle = (outcome: 'sent' | 'not_sent') =>
    resolve.mutate(
      { path: { id }, body: { outcome } },
      {
        onSuccess: () => {
          notifications.show({ message: t('resolve.done') })
          close()
        },
      },
    )
  return (
    <Modal
      opened
      onClose={close}
      title={t('resolve.title')}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        {resolve.error && <ErrorPanel error={resolve.error} />}
        <p style={{ margin: 0 }}>{t('resolve.text')}</p>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button variant="default" loading={resolve.isPending} onClick={() => settle('not_sent')}>
            {t('resolve.not_sent')}
          </Button>
          <Button loading={resolve.isPending} onClick={() => settle('sent')}>
            {t('resolve.sent')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
