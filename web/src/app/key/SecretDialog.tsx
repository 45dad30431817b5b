import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CodeSnippet } from '../../ui'
import type { IssuedKey } from './keys'

/** The only time a secret is shown; it closes by its button only, so that no stray click loses it. */
export function SecretDialog({ issued, close }: { issued: IssuedKey; close: () => void }) {
  const { t } = useTranslation('keys')
  return (
    <Modal
      opened
      onClose={close}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t('secret.title', { name: issued.name })}
    >
      <Stack gap="sm">
        <Text>{t('secret.text')}</Text>
        <CodeSnippet label={t('secret.label')} code={issued.secret} />
        <Group justify="flex-end">
          <Button onClick={close} data-autofocus>
            {t('secret.done')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
