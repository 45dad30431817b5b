import { useFormat } from '../../ui'
import classes from './ImportPage.module.css'

/** How far something is; without a share it is not known yet. */
export function Bar({ share, label }: { share: number | null; label: string }) {
  const format = useFormat()
  const value = share === null ? undefined : Math.round(share * 100)
  return (
    <span className={classes.bar}>
      <span
        className={classes.track}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
      >
        <span
          className={share === null ? classes.unknown : classes.done}
          style={{ width: share === null ? '100%' : `${value}%` }}
        />
      </span>
      {share !== null && format.percent(share)}
    </span>
  )
}
