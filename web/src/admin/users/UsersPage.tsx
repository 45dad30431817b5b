import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { type Column, DataTable, EmptyState, PageHeader, StatusBadge, When } from '../../ui'
import { rolesPath, userPath } from './nav'
import { UserDialog } from './UserDialog'
import { type Account, usersPages } from './users'

export default function UsersPage() {
  const { t } = useTranslation('users')
  const rows = useInfiniteQuery(usersPages())
  const [creating, setCreating] = useState(false)
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={
          <Button variant="default" renderRoot={(props) => <Link to={rolesPath} {...props} />}>
            {t('roles.link')}
          </Button>
        }
        create={{ label: t('create.button'), onClick: () => setCreating(true) }}
      />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => userPath(row.id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
      />
      {creating && <UserDialog close={() => setCreating(false)} />}
    </>
  )
}

function useColumns(): Column<Account>[] {
  const { t } = useTranslation('users')
  const word = useWord()
  return [
    { key: 'name', header: t('column.name'), cell: (row) => row.name },
    { key: 'email', header: t('column.email'), cell: (row) => row.email },
    { key: 'role', header: t('column.role'), cell: (row) => word('role', row.role) },
    {
      key: 'seen',
      header: t('column.signed_in'),
      cell: (row) =>
        row.signed_in_at ? (
          <When at={row.signed_in_at} />
        ) : (
          <StatusBadge tone="plain" icon="clock" word={t('never_signed_in')} />
        ),
    },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) =>
        row.disabled ? (
          <StatusBadge tone="bad" icon="lock" word={t('state.closed')} />
        ) : (
          <StatusBadge tone="good" word={t('state.open')} />
        ),
    },
  ]
}
