import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** A span of time in the largest unit that fits it. */
export function useSpan(): (ms: number) => string {
  const { i18n } = useTranslation()
  const format = useFormat()
  return (ms) => {
    const [unit, length] = units.find(([, length]) => ms >= 1.5 * length) ?? units[3]
    const options = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const
    return new Intl.NumberFormat(i18n.language || format.locale, options).format(ms / length)
  }
}
