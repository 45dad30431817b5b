import { useTranslation } from 'react-i18next'
import { EmptyState } from './EmptyState'

/** Says which permission is missing and who can grant it. */
export function NoPermission({
  permission,
  detail,
}: {
  permission?: string
  detail?: string | null
}) {
  const { t } = useTranslation('ui')
  return (
    <EmptyState
      title={t('no_permission.title')}
      text={
        detail ??
        (permission ? t('no_permission.text', { permission }) : t('no_permission.unnamed'))
      }
    />
  )
}
