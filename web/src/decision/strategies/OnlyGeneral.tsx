import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useForm } from '../../app/definition'
import classes from './StrategyForm.module.css'

/** Fields that only count in the strategy for every place; closed, with the reason, in others. */
export function OnlyGeneral({ children }: { children: ReactNode }) {
  const { t } = useTranslation('strategies')
  const form = useForm()
  const scoped = form.value('/placements') != null || form.value('/channels') != null
  return (
    <fieldset className={classes.general} disabled={scoped}>
      {scoped && (
        <p role="note" className={classes.soft}>
          {t('where.only_general')}
        </p>
      )}
      {children}
    </fieldset>
  )
}
