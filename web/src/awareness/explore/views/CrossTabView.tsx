import { useTranslation } from 'react-i18next'
import { EmptyState, useFormat } from '../../../ui'
import classes from '../Explore.module.css'
import { useLabel } from '../labels'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

/** How far from what chance lets expect: colour and a mark, because colour alone says nothing. */
function mark(residual: number | null | undefined): { look: string; sign: string } {
  if (residual == null || Math.abs(residual) < 1.96) return { look: '', sign: '' }
  const strong = Math.abs(residual) >= 3.29
  if (residual > 0) return { look: strong ? 'over' : 'rather_over', sign: strong ? '▲▲' : '▲' }
  return { look: strong ? 'under' : 'rather_under', sign: strong ? '▼▼' : '▼' }
}

export function CrossTabView({ shown, choose }: ViewProps<'cross_tab'>) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const label = useLabel()
  if (shown.rows.length === 0) return <EmptyState title={t('nothing')} text={t('nothing_text')} />
  const number = (value: number | null | undefined) => (value == null ? '–' : format.decimal(value))
  return (
    <>
      <p className={classes.soft}>{t('cross.legend')}</p>
      <section className={classes.scroll} tabIndex={0} aria-label={t('table')}>
        <table className={classes.grid}>
          <thead>
            <tr>
              <td className={classes.corner} />
              {shown.columns.map((column) => (
                <th key={column.cell.join(' ')} scope="col">
                  {label(column.label)}
                </th>
              ))}
              <th scope="col">{t('label.total')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.rows.map((row) => (
              <tr key={row.total.cell.join(' ')}>
                <th scope="row">{label(row.label)}</th>
                {row.cells.map((cell, place) => {
                  const { look, sign } = mark(cell.residual)
                  const column = shown.columns[place]
                  const title = `${label(row.label)} × ${column ? label(column.label) : ''}`
                  return (
                    <td key={cell.cell.join(' ')} className={look ? classes[look] : undefined}>
                      <FigureButton
                        text={number(cell.value)}
                        hidden={cell.customers == null}
                        cell={cell.cell}
                        title={title}
                        choose={choose}
                      />
                      {cell.index != null && (
                        <span className={classes.index}>
                          {sign} {format.number(Math.round(cell.index))}
                        </span>
                      )}
                    </td>
                  )
                })}
                <td className={classes.sum}>
                  <FigureButton
                    text={number(row.total.value)}
                    hidden={row.total.customers == null}
                    cell={row.total.cell}
                    title={label(row.label)}
                    choose={choose}
                  />
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">{t('label.total')}</th>
              {shown.columns.map((column) => (
                <td key={column.cell.join(' ')} className={classes.sum}>
                  <FigureButton
                    text={number(column.value)}
                    hidden={column.customers == null}
                    cell={column.cell}
                    title={label(column.label)}
                    choose={choose}
                  />
                </td>
              ))}
              <td className={classes.sum}>{number(shown.total.value)}</td>
            </tr>
          </tbody>
        </table>
      </section>
    </>
  )
}
