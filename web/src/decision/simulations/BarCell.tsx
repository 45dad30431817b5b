import type { ReactNode } from 'react'
import classes from './Simulation.module.css'

/** A number with a bar that can be compared with its neighbours. */
export function BarCell({
  value,
  greatest,
  plain,
  children,
}: {
  value: number
  greatest: number
  /** Grey: nothing that we say. */
  plain?: boolean
  children: ReactNode
}) {
  const width = greatest > 0 ? (100 * value) / greatest : 0
  return (
    <div className={classes.cell}>
      <div className={classes.rail} aria-hidden="true">
        <div className={plain ? classes.barPlain : classes.bar} style={{ width: `${width}%` }} />
      </div>
      <span>{children}</span>
    </div>
  )
}
