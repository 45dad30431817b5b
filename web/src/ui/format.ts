import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

function formatter(locale: string) {
  // Sums of nothing may come as −0, which is nothing to people.
  const number = new Intl.NumberFormat(locale, { signDisplay: 'negative' })
  const percent = (digits: number, signDisplay: 'negative' | 'exceptZero' = 'negative') =>
    new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits, signDisplay })
  const usualPercent = percent(1)
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, options)
    return (at: string | number | Date) => format.format(new Date(at))
  }
  return {
    locale,
    number: (value: number) => number.format(value),
    decimal: (value: number, digits = 2) =>
      new Intl.NumberFormat(locale, {
        maximumFractionDigits: digits,
        signDisplay: 'negative',
      }).format(value),
    percent: (fraction: number, digits?: number) =>
      (digits === undefined ? usualPercent : percent(digits)).format(fraction),
    /** A relative change, with its sign. */
    change: (fraction: number) => percent(1, 'exceptZero').format(fraction),
    money: (cents: number, currency: string) => {
      const format = new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        signDisplay: 'negative',
      })
      const digits = format.resolvedOptions().maximumFractionDigits ?? 2
      return format.format(cents / 10 ** digits)
    },
    /** What is expected of one presentation: small, and close to others, so finer than money. */
    expected: (cents: number, currency: string) => {
      const options = { style: 'currency', currency, signDisplay: 'negative' } as const
      const digits = new Intl.NumberFormat(locale, options).resolvedOptions()
      const whole = digits.maximumFractionDigits ?? 2
      const value = cents / 10 ** whole
      const places = Math.abs(value) < 1 ? whole + 1 : whole
      const fine = { minimumFractionDigits: places, maximumFractionDigits: places }
      return new Intl.NumberFormat(locale, { ...options, ...fine }).format(value)
    },
    /** An amount in whole units of the currency, as shops write it. */
    amount: (value: number, currency: string) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        signDisplay: 'negative',
      }).format(value),
    date: dates({ dateStyle: 'medium' }),
    day: dates({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
    time: dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    minute: dates({ dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }),
    moment: dates({ dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }),
    relative: (at: string | number | Date, now: number) => {
      const seconds = (new Date(at).getTime() - now) / 1000
      const unit = units.find(([, length]) => Math.abs(seconds) >= length)
      if (!unit) return relative.format(0, 'second')
      return relative.format(Math.trunc(seconds / unit[1]), unit[0])
    },
  }
}

export type Format = ReturnType<typeof formatter>

/** Numbers, money and times in the language of the screen. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  return useMemo(() => formatter(i18n.language), [i18n.language])
}
