import { Button, Group, Modal, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Differences } from './Differences'
import { difference } from './difference'

/** Somebody else saved in the meantime (412): shows both sides and lets one choose. */
export function ConflictDialog({
  opened,
  mine,
  theirs,
  nameOf,
  author,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: {
  opened: boolean
  mine: unknown
  theirs: unknown
  nameOf?: (path: string) => string | undefined
  author?: string
  onKeepMine: () => void
  onTakeTheirs: () => void
  onClose: () => void
}) {
  const { t } = useTranslation('ui')
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={t('conflict.title')}>
      <Text>{author ? t('conflict.by', { author }) : t('conflict.text')}</Text>
      <Differences
        differences={difference(mine, theirs)}
        nameOf={nameOf}
        mine={t('conflict.mine')}
        theirs={t('conflict.theirs')}
      />
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onTakeTheirs}>
          {t('conflict.take_theirs')}
        </Button>
        <Button onClick={onKeepMine}>{t('conflict.keep_mine')}</Button>
      </Group>
    </Modal>
  )
}
