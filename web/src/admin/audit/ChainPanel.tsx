import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { AsOf, ErrorPanel, Icon, StatusBadge, useFormat } from '../../ui'
import classes from './AuditPage.module.css'
import { type Verification, verifyQuery } from './audit'

/** Every row is sealed over the one before; says whether the chain holds, when asked. */
export function ChainPanel() {
  const { t } = useTranslation('audit')
  const check = useQuery({ ...verifyQuery(), enabled: false, gcTime: 0 })
  return (
    <section className={classes.chain} aria-label={t('chain.title')}>
      <span className={classes.words}>
        {check.data ? (
          <Result found={check.data} />
        ) : (
          <span className={classes.soft}>{t('chain.text')}</span>
        )}
        {check.data && <AsOf at={check.dataUpdatedAt} />}
      </span>
      <Button
        variant="default"
        loading={check.isFetching}
        leftSection={<Icon name="lock" size={14} />}
        onClick={() => check.refetch()}
      >
        {check.data ? t('chain.again') : t('chain.check')}
      </Button>
      {check.error && <ErrorPanel error={check.error} />}
    </section>
  )
}

function Result({ found }: { found: Verification }) {
  const { t } = useTranslation('audit')
  const format = useFormat()
  const count = found.rows
  const rows = format.number(count)
  if (found.intact) {
    return (
      <>
        <StatusBadge tone="good" word={t('chain.intact')} />
        <span>{t('chain.intact_text', { count, rows })}</span>
      </>
    )
  }
  return (
    <>
      <StatusBadge tone="bad" word={t('chain.broken')} />
      <span>{t('chain.broken_text', { row: format.number(found.broken_at ?? 0), rows })}</span>
    </>
  )
}
