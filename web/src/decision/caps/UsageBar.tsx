import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import { type CapUsage, shares } from './caps'
import classes from './UsageBar.module.css'

/** How much of a cap is used and promised, and where an even spread would be by now. */
export function UsageBar({ usage }: { usage: CapUsage }) {
  const { t } = useTranslation('caps')
  const format = useFormat()
  const amount = (value: number) =>
    usage.measure === 'spend' ? format.money(value, usage.currency ?? 'EUR') : format.number(value)
  const share = shares(usage)
  const paced = usage.pacing === 'even' && usage.allowed < usage.at_most
  const said = t(`usage.${usage.measure}`, {
    taken: amount(usage.taken),
    at_most: amount(usage.at_most),
    period: t(`period.${usage.per}`),
  })
  return (
    <div className={classes.row}>
      <div className={classes.head}>
        <span>{said}</span>
        <span className={classes.soft}>
          {usage.active ? format.percent(usage.taken / Math.max(usage.at_most, 1)) : t('inactive')}
        </span>
      </div>
      <div className={classes.bar} role="img" aria-label={said}>
        <span className={classes.used} style={{ width: `${share.used}%` }} />
        <span className={classes.held} style={{ width: `${share.held}%` }} />
        {paced && (
          <span className={classes.mark} style={{ insetInlineStart: `${share.allowed}%` }} />
        )}
      </div>
      <p className={classes.soft}>
        {usage.held > 0 && `${t('usage.held', { amount: amount(usage.held) })} `}
        {paced && t('usage.allowed', { amount: amount(usage.allowed) })}
      </p>
    </div>
  )
}
