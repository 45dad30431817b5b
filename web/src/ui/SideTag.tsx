import { useTranslation } from 'react-i18next'
import { StatusBadge } from './StatusBadge'

/** Whose turn it was: ours (left, blue), the customer's (right, amber) or the system's. */
export function SideTag({ side }: { side: 'ours' | 'theirs' | 'system' }) {
  const { t } = useTranslation('ui')
  return <StatusBadge tone={side === 'system' ? 'plain' : side} word={t(`side.${side}`)} />
}
