import { useTranslation } from 'react-i18next'
import classes from './ConflictDialog.module.css'
import type { Difference } from './difference'

const shown = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value, null, 1))

/** Two values place by place: what is here and what is there. */
export function Differences({
  differences,
  nameOf,
  mine,
  theirs,
}: {
  differences: Difference[]
  /** What a place is called; its JSON pointer stands for those without a name. */
  nameOf?: (path: string) => string | undefined
  /** The heads of the two columns. */
  mine: string
  theirs: string
}) {
  const { t } = useTranslation('ui')
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('conflict.differences')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('conflict.place')}</th>
            <th scope="col">{mine}</th>
            <th scope="col">{theirs}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((one) => (
            <tr key={one.path}>
              <th scope="row">{nameOf?.(one.path) ?? <code>{one.path}</code>}</th>
              <td>
                <code>{shown(one.mine)}</code>
              </td>
              <td>
                <code>{shown(one.theirs)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
