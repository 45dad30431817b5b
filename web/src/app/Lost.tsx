import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState, PageHeader } from '../ui'

export function NotFound() {
  const { t } = useTranslation('app')
  return (
    <>
      <PageHeader title={t('not_found.title')} />
      <EmptyState
        title={t('not_found.text')}
        actions={
          <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('not_found.home')}</Button>
        }
      />
    </>
  )
}

export function Crashed() {
  const { t } = useTranslation('app')
  return (
    <>
      <PageHeader title={t('crashed.title')} />
      <EmptyState
        title={t('crashed.title')}
        text={t('crashed.text')}
        actions={<Button onClick={() => location.reload()}>{t('crashed.reload')}</Button>}
      />
    </>
  )
}
