import { useTranslation } from 'react-i18next'
import { AsOf, Panel, useFormat } from '../../ui'
import classes from './SqlPage.module.css'
import type { SqlAnswer } from './sql'

/** What a question answers, as it comes. */
export function AnswerTable({ answer }: { answer: SqlAnswer }) {
  const { t } = useTranslation('sql')
  const format = useFormat()
  const count = format.number(answer.rows.length)
  const told = answer.more ? t('first_rows', { count }) : t('all_rows', { count })
  return (
    <Panel title={t('answer')} aside={<AsOf at={answer.as_of} />}>
      <p className={classes.told}>
        {told} · {t('took', { ms: format.number(answer.took_ms) })}
      </p>
      <section className={classes.scroll} tabIndex={0} aria-label={t('answer')}>
        <table className={classes.table}>
          <thead>
            <tr>
              {answer.columns.map((column, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, places do not move
                <th key={at} data-kind={column.kind}>
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no other name
              <tr key={at}>
                {row.map((value, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={place} data-kind={answer.columns[place]?.kind}>
                    {value === null ? (
                      <i className={classes.nothing}>{t('nothing')}</i>
                    ) : (
                      String(value)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  )
}
