import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { Panel, useFormat, When } from '../../ui'
import classes from './CustomerPage.module.css'
import { interestsQuery } from './customers'

/** What the customer looks for, in words; older signs count less. */
export function InterestsPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customers')
  const format = useFormat()
  const word = useWord()
  const interests = useQuery(interestsQuery(customerId))
  const data = interests.data
  if (!data) return null
  return (
    <Panel title={t('interests.title')} side="theirs">
      {data.items.length === 0 && <span className={classes.soft}>{t('interests.none')}</span>}
      <ul className={classes.list}>
        {data.items.map((one) => {
          const signs = [
            one.viewed > 0 && t('interests.viewed', { count: one.viewed }),
            one.added > 0 && t('interests.added', { count: one.added }),
            one.bought > 0 && t('interests.bought', { count: one.bought }),
          ].filter(Boolean)
          return (
            <li key={one.category} className={classes.line}>
              <span className={classes.value}>
                {t(`interests.level.${one.level}`, { category: word('category', one.category) })}
                <br />
                <span className={classes.soft}>
                  {signs.join(' · ')} · {t('interests.last')} <When at={one.last_at} />
                </span>
              </span>
              <span className={classes.soft}>{format.percent(one.share)}</span>
            </li>
          )
        })}
      </ul>
      {data.items.length > 0 && (
        <span className={classes.soft}>
          {t('interests.half_life', { days: data.half_life_days })}
        </span>
      )}
    </Panel>
  )
}
