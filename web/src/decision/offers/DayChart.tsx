import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import classes from './DayChart.module.css'

type Day = { day: string } & Record<string, number | string>
type Series = { key: string; side: 'ours' | 'theirs'; label: string }

/** How many steps of the scale there are at most. */
const steps = 4

/** A round step by which a scale reaches the greatest number in few steps. */
export function scaleStep(greatest: number): number {
  const least = Math.max(1, greatest / steps)
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find((one) => one * power >= least) ?? 10) * power
}

/** Numbers by day as bars beside each other; a table with the same numbers stands below it. */
export function DayChart({ days, series, name }: { days: Day[]; series: Series[]; name: string }) {
  const { t } = useTranslation('offers')
  const format = useFormat()
  const number = (day: Day, key: string) => Number(day[key] ?? 0)
  const greatest = Math.max(0, ...days.flatMap((day) => series.map((one) => number(day, one.key))))
  const step = scaleStep(greatest)
  const top = Math.max(step, Math.ceil(greatest / step) * step)
  const marks = Array.from({ length: Math.round(top / step) + 1 }, (_, place) => place * step)
  const width = 100 / Math.max(1, days.length)
  const bar = (width * 0.8) / series.length
  const sums = series.map((one) => {
    const most = days.reduce<Day | undefined>(
      (best, day) => (!best || number(day, one.key) > number(best, one.key) ? day : best),
      undefined,
    )
    return t('success.series', {
      series: one.label,
      total: format.number(days.reduce((sum, day) => sum + number(day, one.key), 0)),
      most: format.number(most ? number(most, one.key) : 0),
      day: most ? format.date(most.day) : '–',
    })
  })
  return (
    <figure className={classes.chart}>
      <div className={classes.plot}>
        <div className={classes.scale} aria-hidden="true">
          {marks.map((mark) => (
            <span key={mark} style={{ bottom: `${(100 * mark) / top}%` }}>
              {format.number(mark)}
            </span>
          ))}
        </div>
        <svg
          viewBox="0 0 100 40"
          preserveAspectRatio="none"
          role="img"
          aria-label={[name, ...sums].join(' ')}
        >
          {marks.map((mark) => (
            <line
              key={mark}
              x1="0"
              x2="100"
              y1={40 - (40 * mark) / top}
              y2={40 - (40 * mark) / top}
              className={classes.mark}
            />
          ))}
          {days.map((day, place) =>
            series.map((one, at) => {
              const height = (40 * number(day, one.key)) / top
              return (
                <rect
                  key={day.day + one.key}
                  x={place * width + at * bar}
                  y={40 - height}
                  width={bar}
                  height={height}
                  fill={`var(--${one.side}-fill)`}
                >
                  <title>{`${format.date(day.day)} · ${one.label}: ${format.number(number(day, one.key))}`}</title>
                </rect>
              )
            }),
          )}
        </svg>
      </div>
      <figcaption className={classes.legend}>
        <span>{days[0] && format.date(days[0].day)}</span>
        {series.map((one) => (
          <span key={one.key} className={classes[one.side]}>
            {one.label}
          </span>
        ))}
        <span>{days.length > 1 && format.date(days.at(-1)?.day ?? 0)}</span>
      </figcaption>
    </figure>
  )
}
