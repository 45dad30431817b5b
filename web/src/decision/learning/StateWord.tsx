import { useTranslation } from 'react-i18next'
import { StatusBadge, type Tone, useFormat } from '../../ui'
import type { ModelRow } from './learning'

const tones: Record<ModelRow['state'], Tone> = {
  exploring: 'warn',
  proven: 'good',
  frozen: 'plain',
}

/** How far a model is, and what that means; `short` where many stand under each other. */
export function StateWord({ row, short = false }: { row: ModelRow; short?: boolean }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const shown = format.decimal(row.settled_count, 0)
  return (
    <>
      <span style={{ whiteSpace: short ? 'nowrap' : 'normal' }}>
        <StatusBadge tone={tones[row.state]} word={t(`state.${row.state}`)} />{' '}
        {row.state === 'exploring' && short && (
          <span title={t('exploring', { shown })}>{t('outcomes', { shown })}</span>
        )}
      </span>
      {row.state === 'exploring' && !short && <div>{t('exploring', { shown })}</div>}
      {row.today_limit != null && row.today_count >= row.today_limit && (
        <div>{t('quota_used', { limit: format.number(row.today_limit) })}</div>
      )}
    </>
  )
}
