import { ActionIcon } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'

export function CopyButton({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation('ui')
  const clipboard = useClipboard({ timeout: 1500 })
  const name = clipboard.copied ? t('copied') : (label ?? t('copy'))
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="var(--ink-soft)"
      size={24}
      aria-label={name}
      title={name}
      onClick={() => clipboard.copy(value)}
    >
      <Icon name={clipboard.copied ? 'check' : 'copy'} size={14} />
    </ActionIcon>
  )
}
