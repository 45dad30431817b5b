import { useTranslation } from 'react-i18next'
import classes from '../Explore.module.css'
import type { Cell } from '../explore'

/** A number that leads to its customers; hidden ones say why. */
export function FigureButton({
  text,
  cell,
  title,
  choose,
  hidden,
}: {
  text: string
  cell: Cell
  title: string
  choose: (cell: Cell, title: string) => void
  hidden?: boolean
}) {
  const { t } = useTranslation('explore')
  if (hidden) {
    return (
      <span className={classes.hidden} title={t('hidden')}>
        •••
      </span>
    )
  }
  return (
    <button
      type="button"
      className={classes.number}
      title={t('act', { title })}
      onClick={() => choose(cell, title)}
    >
      {text}
    </button>
  )
}
