import { Button, type ButtonProps, Group, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** A button whose effect is explained and confirmed first; the focus comes back to it. */
export function ConfirmButton({
  label,
  title,
  text,
  confirm,
  onConfirm,
  danger = false,
  disabledBecause,
  ...button
}: {
  label: string
  title: string
  text: ReactNode
  confirm: string
  onConfirm: () => void
  danger?: boolean
  disabledBecause?: string
} & Omit<ButtonProps, 'children'>) {
  const { t } = useTranslation('ui')
  const [opened, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button
        variant="default"
        disabled={disabledBecause !== undefined}
        {...button}
        title={disabledBecause}
        onClick={open}
      >
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title}>
        <Text component="div">{text}</Text>
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={close}>
            {t('cancel')}
          </Button>
          <Button
            color={danger ? 'red' : undefined}
            onClick={() => {
              close()
              onConfirm()
            }}
          >
            {confirm}
          </Button>
        </Group>
      </Modal>
    </>
  )
}
