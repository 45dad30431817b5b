import classes from './DayChart.module.css'

type Day = { day: string } & Record<string, number | string>
type Series = { key: string; side: 'ours' | 'theirs'; label: string }

/** Numbers by day as bars beside each other; a table with the same numbers stands below it. */
export function DayChart({ days, series, name }: { days: Day[]; series: Series[]; name: string }) {
  const number = (day: Day, key: string) => Number(day[key] ?? 0)
  const greatest = Math.max(1, ...days.flatMap((day) => series.map((one) => number(day, one.key))))
  const step = 100 / Math.max(1, days.length)
  const bar = (step * 0.8) / series.length
  return (
    <figure className={classes.chart}>
      <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={name}>
        {days.map((day, place) =>
          series.map((one, at) => {
            const height = (40 * number(day, one.key)) / greatest
            return (
              <rect
                key={day.day + one.key}
                x={place * step + at * bar}
                y={40 - height}
                width={bar}
                height={height}
                fill={`var(--${one.side}-fill)`}
              />
            )
          }),
        )}
      </svg>
      <figcaption className={classes.legend}>
        <span>{days[0]?.day}</span>
        {series.map((one) => (
          <span key={one.key} className={classes[one.side]}>
            {one.label}
          </span>
        ))}
        <span>{days.at(-1)?.day}</span>
      </figcaption>
    </figure>
  )
}
