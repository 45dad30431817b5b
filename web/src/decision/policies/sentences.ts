import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'

const day = 86_400_000
const hour = 3_600_000
const minute = 60_000

export type Unit = 'days' | 'hours' | 'minutes'
export const unitMs: Record<Unit, number> = { days: day, hours: hour, minutes: minute }

/** The largest unit that the time is a whole number of. */
export function unitOf(ms: number): Unit {
  if (ms % day === 0) return 'days'
  return ms % hour === 0 ? 'hours' : 'minutes'
}

const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object'
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

/** Limits and quiet hours as people would say them. */
export function useSentences() {
  const { t, i18n } = useTranslation('policies')
  const word = useWord()
  const list = (all: string[]) => new Intl.ListFormat(i18n.language).format(all)
  const channelsOf = (value: unknown) => list(texts(value).map((one) => word('channel', one)))

  const window = (value: unknown): string => {
    const ms = member(value, 'rolling_ms')
    if (typeof ms === 'number') {
      const unit = unitOf(ms)
      return t(`window.${unit}`, { count: Math.round((ms / unitMs[unit]) * 100) / 100 })
    }
    const calendar = member(value, 'calendar')
    if (calendar === 'day' || calendar === 'week' || calendar === 'month') {
      return t(`window.this_${calendar}`)
    }
    return '–'
  }

  const limit = (value: unknown): string => {
    const count = Number(member(value, 'at_most') ?? 0)
    const channels = channelsOf(member(value, 'channels'))
    const categories = list(texts(member(value, 'categories')))
    const said = { count, channels, categories, window: window(member(value, 'window')) }
    if (channels && categories) return t('limit.both', said)
    if (channels) return t('limit.channels', said)
    if (categories) return t('limit.categories', said)
    return t('limit.all', said)
  }

  const quiet = (value: unknown): string =>
    t('quiet.sentence', {
      from: String(member(value, 'from') ?? '–'),
      until: String(member(value, 'until') ?? '–'),
      channels: channelsOf(member(value, 'channels')) || '–',
    })

  return { limit, quiet }
}
