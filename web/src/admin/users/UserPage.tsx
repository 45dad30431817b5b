import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import {
  EmptyState,
  ErrorPanel,
  PageHeader,
  Skeleton,
  StatusBadge,
  usePathParam,
  When,
} from '../../ui'
import { usersPath } from './nav'
import classes from './UserPage.module.css'
import { AccessPanel, AccountPanel, PasswordPanel } from './UserPanels'
import { userQuery } from './users'

export default function UserPage() {
  const { t } = useTranslation('users')
  const id = usePathParam('id')
  const user = useQuery(userQuery(id))
  const back = { to: usersPath, label: t('title') }
  if (!user.data) {
    const gone = user.error?.status === 404
    return (
      <>
        <PageHeader title={id} back={back} />
        {user.isPending && <Skeleton lines={6} />}
        {gone && <EmptyState title={t('gone.title')} text={t('gone.text')} />}
        {user.error && !gone && <ErrorPanel error={user.error} retry={() => user.refetch()} />}
      </>
    )
  }
  const account = user.data
  return (
    <>
      <PageHeader
        title={account.name}
        back={back}
        badge={account.disabled && <StatusBadge tone="bad" icon="lock" word={t('state.closed')} />}
        lead={
          <>
            {account.email} · {t('since')} <When at={account.created_at} />
            {account.signed_in_at && (
              <>
                {' '}
                · {t('last_signed_in')} <When at={account.signed_in_at} />
              </>
            )}
          </>
        }
      />
      <div className={classes.panels}>
        <AccountPanel key={account.updated_at} account={account} />
        <PasswordPanel account={account} />
        <AccessPanel account={account} />
      </div>
    </>
  )
}
