import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { customerPath } from '../../memory/customers/nav'
import { Icon, Panel } from '../../ui'
import classes from './Segments.module.css'
import type { Explanation, RuleCount } from './segments'

/** Some of the customers, each with the reason part by part. */
export function SamplePanel({
  sample,
  stale,
}: {
  sample: RuleCount['sample'] | undefined
  stale: boolean
}) {
  const { t } = useTranslation('segments')
  const customerName = useCustomerName()
  if (!sample || sample.length === 0) return null
  return (
    <Panel title={t('sample.title')} side="theirs">
      <ul className={stale ? `${classes.list} ${classes.stale}` : classes.list}>
        {sample.map((one) => (
          <li key={one.customer_id}>
            <Link to={customerPath(one.customer_id)} className={classes.person}>
              {customerName(one.customer_id, one.label)}
            </Link>
            <details>
              <summary className={`${classes.why} ${classes.soft}`}>{t('sample.why')}</summary>
              <Reason reason={one.reason} />
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Reason({ reason }: { reason: Explanation }) {
  const { t } = useTranslation('segments')
  const parts = reason.parts ?? []
  if (parts.length === 0) {
    return (
      <div className={classes.reason}>
        <span className={reason.holds ? classes.good : classes.soft}>
          <Icon name={reason.holds ? 'check' : 'cross'} size={14} />
        </span>
        <span>
          {reason.text}{' '}
          <span className={classes.soft}>
            {t('sample.found', { value: reason.observed ?? '–' })}
          </span>
        </span>
      </div>
    )
  }
  return (
    <div className={classes.reasons}>
      {parts.map((part) => (
        <Reason key={part.text} reason={part} />
      ))}
    </div>
  )
}
