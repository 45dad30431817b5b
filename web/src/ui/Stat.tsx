import type { ReactNode } from 'react'
import classes from './Stat.module.css'

/** One number with its name; `side` says whose doing it counts. */
export function Stat({
  label,
  value,
  note,
  side,
  children,
}: {
  label: string
  value: ReactNode
  note?: ReactNode
  side?: 'ours' | 'theirs'
  children?: ReactNode
}) {
  return (
    <div className={`${classes.stat} ${side ? classes[side] : ''}`}>
      <div className={classes.label}>{label}</div>
      <div className={classes.value}>{value}</div>
      {note !== undefined && <div className={classes.note}>{note}</div>}
      {children}
    </div>
  )
}
