import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import type { Recorded } from './simulations'

/** What was counted: responses of a kind, or the value of acceptances. */
export type MeasureName = 'accept' | 'click' | 'view' | 'value'

/** Earnings per 1,000 decisions in words: responses, or money where values were asked for. */
export function useEarned(result: Recorded, measure: MeasureName) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  // One currency can be told; of several the sum means nothing but cents.
  const currency = result.currencies?.length === 1 ? result.currencies[0] : undefined
  const money = measure === 'value'
  const text = (value: number): string => {
    const thousand = value * 1_000
    if (money && currency) return format.money(Math.round(thousand), currency)
    return format.decimal(thousand, Math.abs(thousand) < 10 ? 2 : 1)
  }
  return {
    text,
    signed: (value: number) => (value > 0 ? `+${text(value)}` : text(value)),
    unit: t('estimates.per_thousand', { measure: t(`measure.${measure}`) }),
  }
}
