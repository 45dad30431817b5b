import { useTranslation } from 'react-i18next'
import { StatusBadge, type Tone, useFormat } from '../../ui'
import type { ModelRow } from './learning'

const tones: Record<ModelRow['state'], Tone> = {
  exploring: 'warn',
  proven: 'good',
  frozen: 'plain',
}

/** How far a model is, and what that means. */
export function StateWord({ row }: { row: ModelRow }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const count = row.settled_count
  return (
    <>
      <StatusBadge tone={tones[row.state]} word={t(`state.${row.state}`)} />
      {row.state === 'exploring' && (
        <div>{t('exploring', { shown: format.decimal(count, 0) })}</div>
      )}
      {row.today_limit != null && row.today_count >= row.today_limit && (
        <div>{t('quota_used', { limit: format.number(row.today_limit) })}</div>
      )}
    </>
  )
}
