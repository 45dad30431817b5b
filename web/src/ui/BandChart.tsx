import { useTranslation } from 'react-i18next'
import classes from './BandChart.module.css'

/** A value with its interval at one moment; nothing where there is nothing to tell yet. */
export type BandPoint = {
  label: string
  value: { value: number; low: number; high: number } | null
}

const width = 600
const height = 180

/** A value over time with the interval around it, and zero as a line; its table stands below. */
export function BandChart({
  label,
  points,
  show,
  columns,
}: {
  /** What is shown, for those who do not see it. */
  label: string
  points: BandPoint[]
  show: (value: number) => string
  columns: { when: string; value: string; low: string; high: string }
}) {
  const { t } = useTranslation('ui')
  const known = points.flatMap((point, place) =>
    point.value ? [{ ...point.value, place, label: point.label }] : [],
  )
  const far = Math.max(1e-9, ...spread(known))
  const x = (place: number) =>
    points.length < 2 ? width / 2 : (place / (points.length - 1)) * width
  const y = (value: number) =>
    height / 2 - (Math.max(-far, Math.min(far, value)) / far) * (height / 2 - 8)
  const at = (place: number, value: number) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`
  const upper = known.map((one) => at(one.place, one.high))
  const lower = known.map((one) => at(one.place, one.low)).reverse()
  return (
    <figure className={classes.figure}>
      <div className={classes.plot}>
        <span className={classes.top}>{show(far)}</span>
        <span className={classes.zero}>{show(0)}</span>
        <span className={classes.bottom}>{show(-far)}</span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={label}
        >
          <line x1="0" x2={width} y1={height / 2} y2={height / 2} className={classes.line} />
          {known.length > 0 && (
            <polygon points={[...upper, ...lower].join(' ')} className={classes.band} />
          )}
          <polyline
            points={known.map((one) => at(one.place, one.value)).join(' ')}
            className={classes.value}
          />
        </svg>
      </div>
      <div className={classes.ends}>
        <span>{points[0]?.label}</span>
        <span>{points[points.length - 1]?.label}</span>
      </div>
      <details className={classes.table}>
        <summary>{t('chart.as_table')}</summary>
        <section className={classes.scroll} tabIndex={0} aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{columns.when}</th>
                <th scope="col">{columns.low}</th>
                <th scope="col">{columns.value}</th>
                <th scope="col">{columns.high}</th>
              </tr>
            </thead>
            <tbody>
              {points.map((point) => (
                <tr key={point.label}>
                  <th scope="row">{point.label}</th>
                  <td>{point.value ? show(point.value.low) : '–'}</td>
                  <td>{point.value ? show(point.value.value) : '–'}</td>
                  <td>{point.value ? show(point.value.high) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  )
}

/** How far the picture reaches: the last interval with room around it, so that the wide first
 * days do not flatten the rest. */
function spread(known: { value: number; low: number; high: number }[]): number[] {
  const last = known[known.length - 1]
  if (!last) return []
  const reach = (one: { low: number; high: number }) =>
    Math.max(Math.abs(one.low), Math.abs(one.high))
  const values = known.map((one) => Math.abs(one.value))
  return [reach(last) * 1.6, ...values]
}
