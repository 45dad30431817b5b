import { useTranslation } from 'react-i18next'
import { EmptyState, Stat, useFormat } from '../../../ui'
import classes from '../Explore.module.css'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

const scores = [1, 2, 3, 4, 5]

export function RfmView({ shown, choose }: ViewProps<'rfm'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  if (shown.customers === 0) return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  const greatest = Math.max(1, ...shown.cells.map((cell) => cell.customers ?? 0))
  const recency = (score: number) => {
    const fifth = shown.recency[score - 1]
    if (fifth?.from == null || fifth.to == null) return '–'
    return `${format.date(fifth.from)} – ${format.date(fifth.to)}`
  }
  const frequency = (score: number) => {
    const fifth = shown.frequencies[score - 1]
    if (fifth?.from == null || fifth.to == null) return '–'
    return fifth.from === fifth.to
      ? format.number(fifth.from)
      : `${format.number(fifth.from)}–${format.number(fifth.to)}`
  }
  const summaries = [
    ['recency_days', shown.recency_days],
    ['frequency', shown.frequency],
    ['amount', shown.amount],
  ] as const
  return (
    <>
      <div className={classes.stats}>
        <Stat
          side="theirs"
          label={t('rfm.customers')}
          value={shown.customers == null ? '•••' : format.number(shown.customers)}
        />
        {summaries.map(
          ([key, summary]) =>
            summary && (
              <Stat
                key={key}
                side="theirs"
                label={t(`rfm.${key}`)}
                value={format.decimal(summary.mean, key === 'amount' ? 2 : 1)}
                note={t('rfm.note', {
                  median: format.decimal(summary.median),
                  max: format.decimal(summary.max),
                })}
              />
            ),
        )}
      </div>
      <section className={classes.scroll} tabIndex={0} aria-label={t('table')}>
        <table className={classes.grid}>
          <caption className={classes.caption}>{t('rfm.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('rfm.last')}</th>
              {scores.map((score) => (
                <th key={score} scope="col">
                  {t('rfm.times', {
                    count: shown.frequencies[score - 1]?.to ?? 0,
                    times: frequency(score),
                  })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...scores].reverse().map((row) => (
              <tr key={row}>
                <th scope="row">{recency(row)}</th>
                {scores.map((column) => {
                  const cell = shown.cells.find(
                    (one) => one.recency === row && one.frequency === column,
                  )
                  if (!cell) return <td key={column} />
                  const share = Math.round(((cell.customers ?? 0) / greatest) * 60)
                  return (
                    <td
                      key={column}
                      style={{
                        background: `color-mix(in srgb, var(--theirs-line) ${share}%, transparent)`,
                      }}
                    >
                      <FigureButton
                        text={format.number(cell.customers ?? 0)}
                        hidden={cell.customers == null}
                        cell={cell.cell}
                        title={t('rfm.cell', { recency: row, frequency: column })}
                        choose={choose}
                      />
                      {cell.value != null && (
                        <span className={classes.index}>
                          {t('rfm.average', { amount: format.decimal(cell.value) })}
                        </span>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
