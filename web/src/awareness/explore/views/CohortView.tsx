import { useTranslation } from 'react-i18next'
import { EmptyState, useFormat } from '../../../ui'
import classes from '../Explore.module.css'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

export function CohortView({ shown, question, choose }: ViewProps<'cohort'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  if (shown.cohorts.length === 0)
    return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  const width = Math.max(...shown.cohorts.map((cohort) => cohort.cells.length))
  const unit = 'cohort' in question.view ? question.view.cohort.unit : 'month'
  const name = (from: string) =>
    unit === 'month'
      ? new Intl.DateTimeFormat(format.locale, {
          month: 'short',
          year: 'numeric',
          timeZone: question.zone ?? 'UTC',
        }).format(new Date(from))
      : format.date(from)
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('table')}>
      <table className={classes.grid}>
        <thead>
          <tr>
            <th scope="col">{t('cohort.title')}</th>
            <th scope="col">{t('cohort.size')}</th>
            {Array.from({ length: width }, (_, place) => place).map((place) => (
              <th key={place} scope="col">
                {place}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.cohorts.map((cohort) => (
            <tr key={cohort.from}>
              <th scope="row">{name(cohort.from)}</th>
              <td className={classes.sum}>
                <FigureButton
                  text={format.number(cohort.size.customers ?? 0)}
                  hidden={cohort.size.customers == null}
                  cell={cohort.size.cell}
                  title={t('cohort.cell', { cohort: name(cohort.from) })}
                  choose={choose}
                />
              </td>
              {cohort.cells.map((cell, place) => {
                const share = Math.round((cell.value ?? 0) * 65)
                return (
                  <td
                    key={cell.cell.join(' ')}
                    style={{
                      background: `color-mix(in srgb, var(--theirs-line) ${share}%, transparent)`,
                    }}
                  >
                    <FigureButton
                      text={format.percent(cell.value ?? 0)}
                      hidden={cell.customers == null}
                      cell={cell.cell}
                      title={t('cohort.active', { cohort: name(cohort.from), unit: place })}
                      choose={choose}
                    />
                    <span className={classes.index}>{format.number(cell.customers ?? 0)}</span>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
