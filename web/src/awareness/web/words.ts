import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useEventName } from '../../locales/words'
import { useFormat } from '../../ui'
import { useSpan } from '../explore/labels'
import type { Dimension, Metric } from './web'

const channels = [
  'paid_search',
  'paid_social',
  'display',
  'affiliate',
  'email',
  'sms',
  'search',
  'social',
  'referral',
  'campaign',
  'direct',
] as const
const devices = ['desktop', 'mobile', 'tablet', 'tv', 'unknown'] as const

/** What a value of a dimension is called. */
export function useValueName(): (dimension: Dimension, value: string) => string {
  const { t, i18n } = useTranslation('web')
  const goal = useDefinitionName('goal')
  const eventName = useEventName()
  return (dimension, value) => {
    switch (dimension) {
      case 'channel': {
        const known = channels.find((one) => one === value)
        return known ? t(`channel.${known}`) : value
      }
      case 'device': {
        const known = devices.find((one) => one === value)
        return known ? t(`device.${known}`) : value
      }
      case 'browser':
      case 'os':
        return value === 'unknown' ? t('device.unknown') : value
      case 'event':
        return eventName(value)
      case 'goal':
        return goal(value)
      case 'language':
        return languageName(value, i18n.language)
      case 'country':
        return countryName(value, i18n.language)
      default:
        return value
    }
  }
}

function languageName(value: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(value) ?? value
  } catch {
    return value
  }
}

/** Codes of countries by their name; names stay as they are. */
function countryName(value: string, locale: string): string {
  if (!/^[A-Z]{2}$/.test(value)) return value
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(value) ?? value
  } catch {
    return value
  }
}

/** A metric's number as people read it. */
export function useMetric(): (metric: Metric, value: number) => string {
  const format = useFormat()
  const span = useSpan()
  return (metric, value) => {
    switch (metric) {
      case 'bounce_rate':
        return format.percent(value)
      case 'seconds':
        return span(value)
      case 'revenue':
        return format.decimal(value)
      default:
        return format.number(value)
    }
  }
}
