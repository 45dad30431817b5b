import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { CopyButton, Panel, When } from '../../ui'
import classes from './CustomerPage.module.css'
import type { Customer } from './customers'

export function IdentifiersPanel({
  identifiers,
  customerId,
}: {
  identifiers: Customer['identifiers']
  customerId: string
}) {
  const { t } = useTranslation('customers')
  const word = useWord()
  return (
    <Panel title={t('identifiers')}>
      <ul className={classes.list}>
        <li className={classes.line}>
          <span className={classes.value}>
            <span className={classes.soft}>{t('customer_id')}</span>
            <br />
            <code>{customerId}</code>
          </span>
          <CopyButton value={customerId} label={t('copy_value', { value: customerId })} />
        </li>
        {identifiers.map((one) => (
          <li key={one.kind + one.value} className={classes.line}>
            <span className={classes.value}>
              <span className={classes.soft}>
                {word('identifier', one.kind)} · {t('since')} <When at={one.since} />
              </span>
              <br />
              {one.value}
            </span>
            <CopyButton value={one.value} label={t('copy_value', { value: one.value })} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}
