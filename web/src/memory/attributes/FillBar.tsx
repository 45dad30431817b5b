import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import classes from './AttributesPage.module.css'
import type { Attribute } from './attributes'

/** The share of customers that have the attribute, as a bar and a number. */
export function FillBar({ row }: { row: Attribute }) {
  const { t } = useTranslation('attributes')
  const format = useFormat()
  const share = format.percent(row.fill_rate)
  const title = t('sample', { share, size: format.number(row.sample_size) })
  return (
    <span className={classes.fill} title={title}>
      <span className={classes.bar} aria-hidden="true">
        <span className={classes.part} style={{ width: `${row.fill_rate * 100}%` }} />
      </span>
      {share}
    </span>
  )
}
