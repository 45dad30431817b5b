import { useTranslation } from 'react-i18next'
import { useFormat } from './format'

/** Says how old the numbers beside it are. */
export function AsOf({ at }: { at: string | number }) {
  const { t } = useTranslation('ui')
  const format = useFormat()
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={format.moment(at)}
      style={{ color: 'var(--ink-soft)', fontSize: 12, whiteSpace: 'nowrap' }}
    >
      {t('as_of', { time: format.time(at) })}
    </time>
  )
}
