import classes from './Simulation.module.css'
import type { Estimate } from './simulations'

/** An interval as a line on a scale shared by its neighbours; the figures stand beside it. */
export function Interval({
  estimate,
  low,
  high,
}: {
  estimate: Estimate
  low: number
  high: number
}) {
  const place = (value: number) => (high > low ? (100 * (value - low)) / (high - low) : 0)
  const from = place(estimate.low)
  return (
    <div className={classes.interval} aria-hidden="true">
      <span
        className={classes.line}
        style={{ left: `${from}%`, width: `${Math.max(0.5, place(estimate.high) - from)}%` }}
      />
      <span className={classes.point} style={{ left: `${place(estimate.value)}%` }} />
    </div>
  )
}
