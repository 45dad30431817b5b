import { ActionIcon, Menu, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { sendWaiting } from '../api/leaving'
import { useChange } from '../api/query'
import { type Session, sessionQuery } from '../api/session'
import { useWord } from '../locales/words'
import { Icon } from '../ui'
import { PasswordDialog } from './PasswordDialog'

export default function UserMenu({
  user,
  openShortcuts,
}: {
  user: Session['user']
  openShortcuts: () => void
}) {
  const { t } = useTranslation('app')
  const word = useWord()
  const queries = useQueryClient()
  const [changing, setChanging] = useState(false)
  const signOut = useChange('delete', '/api/session', { refresh: [] })
  const leave = async () => {
    await sendWaiting()
    signOut.mutate(
      {},
      {
        onSettled: () => {
          queries.setQueryData(sessionQuery.queryKey, null)
          queries.removeQueries({ predicate: ({ queryKey }) => queryKey !== sessionQuery.queryKey })
        },
      },
    )
  }
  return (
    <>
      {changing && <PasswordDialog close={() => setChanging(false)} />}
      <Menu>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            c="var(--ink)"
            aria-label={t('menu.user', { name: user.name })}
          >
            <Icon name="user" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text fw={600} c="var(--ink)">
              {user.name}
            </Text>
            {user.email} · {word('role', user.role)}
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="keyboard" />} onClick={openShortcuts}>
            {t('menu.shortcuts')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="key" />} onClick={() => setChanging(true)}>
            {t('menu.password')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="signout" />} onClick={leave}>
            {t('menu.sign_out')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
