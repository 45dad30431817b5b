import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { useMay } from '../../api/session'
import { Icon } from '../../ui'
import { editPermission, type Kind } from './definitions'
import { download } from './file'
import { ImportDialog } from './ImportDialog'

/** All definitions of a kind as one file, and back. */
export function FilesMenu({ kind }: { kind: Kind }) {
  const { t } = useTranslation('definition')
  const may = useMay()
  const [importing, dialog] = useDisclosure(false)
  const save = () =>
    call('get', '/api/definitions/export', { query: { kind } })
      .then((files) => download(`${kind}.json`, files))
      .catch((error) => notifications.show({ message: Problem.of(error).message, color: 'red' }))
  return (
    <>
      <Menu>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('more')}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="download" size={14} />} onClick={save}>
            {t('file.export_all')}
          </Menu.Item>
          {may(editPermission[kind]) && (
            <Menu.Item leftSection={<Icon name="import" size={14} />} onClick={dialog.open}>
              {t('file.import')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {importing && <ImportDialog kind={kind} close={dialog.close} />}
    </>
  )
}
