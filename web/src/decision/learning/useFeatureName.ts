import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import type { Effect } from './learning'

const hours = ['0-5', '6-11', '12-17', '18-23'] as const
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const times = ['today', 'week', 'month'] as const

/** A feature in the marketer's words. */
export function useFeatureName(): (effect: Effect) => string {
  const { t } = useTranslation('learning')
  const segmentName = useDefinitionName('segment')
  return ({ kind, key, value }) => {
    const yes = value === 'yes'
    const shown = value === 'other' ? t('feature.other') : value
    const subject = key.replaceAll('_', ' ')
    if (kind === 'segment') return t('feature.segment', { name: segmentName(key) })
    if (kind === 'interest') return t('feature.interest', { name: subject })
    if (kind === 'time') {
      const hour = hours.find((one) => one === value)
      const day = days.find((one) => one === value)
      if (hour) return t('feature.hour', { hours: t(`hours.${hour}`) })
      if (day) return t(`day.${day}`)
    }
    if (kind === 'history') {
      const time = times.find((one) => one === value)
      if (key === 'contacts') return t('feature.contacts', { amount: value })
      if (key === 'responses') return t('feature.responses', { amount: value })
      if (time) return t(`feature.responded_${time}`)
    }
    if (kind === 'offer') {
      if (key === 'reacted') return t('feature.reacted')
      if (key === 'variant') return t('feature.variant', { value })
      return t('feature.seen', { amount: value })
    }
    const told = kind === 'context' ? 'feature.context' : 'feature.attribute'
    return yes ? t(`${told}_yes`, { key: subject }) : t(told, { key: subject, value: shown })
  }
}
