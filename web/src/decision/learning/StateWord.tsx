import { useTranslation } from 'react-i18next'
import { type IconName, StatusBadge, type Tone, useFormat } from '../../ui'
import classes from './Learning.module.css'
import type { ModelRow } from './learning'

/** Every offer begins by exploring: that is no warning. */
const looks: Record<ModelRow['state'], { tone: Tone; icon?: IconName }> = {
  exploring: { tone: 'action', icon: 'search' },
  proven: { tone: 'good' },
  frozen: { tone: 'plain' },
}

/** How far a model is, and what that means; `short` where many stand under each other. */
export function StateWord({ row, short = false }: { row: ModelRow; short?: boolean }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const count = Math.round(row.settled_count)
  const shown = format.number(count)
  const known = count > 0 ? t('outcomes', { count, shown }) : t('outcomes_unknown')
  return (
    <>
      <span className={short ? classes.oneLine : undefined}>
        <StatusBadge {...looks[row.state]} word={t(`state.${row.state}`)} />{' '}
        {row.state === 'exploring' && short && (
          <span title={t('exploring', { known })}>{known}</span>
        )}
      </span>
      {row.state === 'exploring' && !short && <div>{t('exploring', { known })}</div>}
      {row.today_limit != null && row.today_count >= row.today_limit && (
        <div>{t('quota_used', { limit: format.number(row.today_limit) })}</div>
      )}
    </>
  )
}
