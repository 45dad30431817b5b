import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Sparkline, useFormat } from '../../ui'
import classes from './Web.module.css'
import { liveQuery } from './web'
import { useValueName } from './words'

/** Who is there now, and what the last half hour looked like; renews itself. */
export function LivePanel() {
  const { t } = useTranslation('web')
  const format = useFormat()
  const name = useValueName()
  const live = useQuery(liveQuery())
  const data = live.data
  if (!data) return null
  const top = (dimension: string) => {
    const rows = data.breakdowns.find((one) => one.dimension === dimension)?.rows ?? []
    return rows.slice(0, 3)
  }
  return (
    <section className={classes.live} aria-label={t('live.title')}>
      <div className={classes.now}>
        <span className={classes.dot} aria-hidden="true" />
        <b>
          {data.visitors == null
            ? t('few')
            : t('live.now', { count: data.visitors, number: format.number(data.visitors) })}
        </b>
        <span className={classes.soft}>
          {t('live.half_hour', {
            visits: format.number(data.total.visits),
            pages: format.number(data.total.pages),
          })}
        </span>
      </div>
      <div className={classes.minutes}>
        <Sparkline values={data.pages} side="theirs" />
      </div>
      <ul className={classes.liveList}>
        {(['page', 'channel', 'event'] as const).flatMap((dimension) =>
          top(dimension).map((row) => (
            <li key={`${dimension} ${row.value}`}>
              <span>{name(dimension, row.value)}</span> <b>{format.number(row.numbers.visits)}</b>
            </li>
          )),
        )}
      </ul>
    </section>
  )
}
