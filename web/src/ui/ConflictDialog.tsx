import { Button, Group, Modal, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './ConflictDialog.module.css'
import { difference } from './difference'

const shown = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value, null, 1))

/** Somebody else saved in the meantime (412): shows both sides and lets one choose. */
export function ConflictDialog({
  opened,
  mine,
  theirs,
  author,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: {
  opened: boolean
  mine: unknown
  theirs: unknown
  author?: string
  onKeepMine: () => void
  onTakeTheirs: () => void
  onClose: () => void
}) {
  const { t } = useTranslation('ui')
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={t('conflict.title')}>
      <Text>{author ? t('conflict.by', { author }) : t('conflict.text')}</Text>
      <section className={classes.scroll} tabIndex={0} aria-label={t('conflict.differences')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('conflict.place')}</th>
              <th scope="col">{t('conflict.mine')}</th>
              <th scope="col">{t('conflict.theirs')}</th>
            </tr>
          </thead>
          <tbody>
            {difference(mine, theirs).map((one) => (
              <tr key={one.path}>
                <th scope="row">
                  <code>{one.path}</code>
                </th>
                <td>
                  <code>{shown(one.mine)}</code>
                </td>
                <td>
                  <code>{shown(one.theirs)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onTakeTheirs}>
          {t('conflict.take_theirs')}
        </Button>
        <Button onClick={onKeepMine}>{t('conflict.keep_mine')}</Button>
      </Group>
    </Modal>
  )
}
