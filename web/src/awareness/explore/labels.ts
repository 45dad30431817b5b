import { useTranslation } from 'react-i18next'
import { useEventName } from '../../locales/words'
import { useFormat } from '../../ui'

export type Label = {
  value?: unknown
  from?: number | null
  until?: number | null
  word?: string | null
}

/** What a value of an answer is called on the screen. */
export function useLabel(): (label: Label) => string {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const eventName = useEventName()
  return (label) => {
    if (typeof label.value === 'number') return format.decimal(label.value)
    if (typeof label.value === 'boolean') return label.value ? t('label.yes') : t('label.no')
    // Steps of paths are events.
    if (typeof label.value === 'string') return eventName(label.value)
    const from = label.from ?? undefined
    const until = label.until ?? undefined
    if (label.word === 'range') {
      if (from === undefined) return t('label.below', { until: format.decimal(until ?? 0) })
      if (until === undefined) return t('label.from', { from: format.decimal(from) })
      return t('label.range', { from: format.decimal(from), until: format.decimal(until) })
    }
    switch (label.word) {
      case 'total':
        return t('label.total')
      case 'other':
        return t('label.other')
      case 'missing':
        return t('label.missing')
      case 'exit':
        return t('label.exit')
      default:
        return label.word ?? '–'
    }
  }
}

/** A span of seconds, in the largest unit that fits. */
export function useSpan(): (seconds: number) => string {
  const { t } = useTranslation('explore')
  const format = useFormat()
  return (seconds) => {
    if (seconds < 60) return t('span.seconds', { number: format.number(Math.round(seconds)) })
    if (seconds < 3_600) return t('span.minutes', { number: format.decimal(seconds / 60, 1) })
    if (seconds < 86_400) return t('span.hours', { number: format.decimal(seconds / 3_600, 1) })
    return t('span.days', { number: format.decimal(seconds / 86_400, 1) })
  }
}
