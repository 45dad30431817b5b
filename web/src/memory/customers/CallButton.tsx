import { Button, Group, Modal, SegmentedControl, Stack, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, Icon } from '../../ui'
import { useCall } from './customers'

/** Writes a telephone call into the conversation. */
export function CallButton({ customerId }: { customerId: string }) {
  const { t } = useTranslation(['customers', 'ui'])
  const [opened, { open, close }] = useDisclosure(false)
  const call = useCall()
  const [direction, setDirection] = useState<'in' | 'out'>('in')
  const [note, setNote] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    call.mutate(
      { path: { customer_id: customerId }, body: { direction, note } },
      {
        onSuccess: () => {
          notifications.show({ message: t('call.saved') })
          setNote('')
          close()
        },
      },
    )
  }
  return (
    <>
      <Button variant="default" leftSection={<Icon name="phone" size={14} />} onClick={open}>
        {t('call.log')}
      </Button>
      <Modal opened={opened} onClose={close} title={t('call.log')}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            {call.error && <ErrorPanel error={call.error} />}
            <SegmentedControl
              aria-label={t('call.direction')}
              value={direction}
              onChange={setDirection}
              data={[
                { value: 'in', label: t('call.in') },
                { value: 'out', label: t('call.out') },
              ]}
            />
            <Textarea
              label={t('call.note')}
              data-autofocus
              required
              autosize
              minRows={3}
              maxRows={10}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('ui:cancel')}
              </Button>
              <Button type="submit" loading={call.isPending}>
                {t('call.save')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
