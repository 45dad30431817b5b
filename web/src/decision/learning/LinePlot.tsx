import classes from './Learning.module.css'

type Point = { x: number; y: number; low?: number; high?: number }

const [width, height, left, bottom] = [640, 200, 52, 22]

/** Points joined by a line; every number stands in the table below it too. */
export function LinePlot({
  label,
  points,
  widest,
  greatest,
  diagonal = false,
  yText,
  xTexts,
}: {
  label: string
  points: Point[]
  widest?: number
  greatest: number
  diagonal?: boolean
  yText: (value: number) => string
  /** Texts along the lower edge, from left to right. */
  xTexts: string[]
}) {
  const last = widest ?? Math.max(1, ...points.map((point) => point.x))
  const x = (value: number) => left + ((width - left - 8) * value) / last
  const y = (value: number) => 8 + (height - bottom - 8) * (1 - value / (greatest || 1))
  const line = points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')
  const steps = [0, 0.5, 1].map((share) => share * greatest)
  return (
    <svg className={classes.plot} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {steps.map((step) => (
        <g key={step}>
          <line x1={left} x2={width - 8} y1={y(step)} y2={y(step)} className={classes.grid} />
          <text x={left - 6} y={y(step) + 4} textAnchor="end" className={classes.tick}>
            {yText(step)}
          </text>
        </g>
      ))}
      {xTexts.map((text, place) => (
        <text
          key={text}
          x={left + ((width - left - 8) * place) / Math.max(1, xTexts.length - 1)}
          y={height - 4}
          textAnchor={place === 0 ? 'start' : place === xTexts.length - 1 ? 'end' : 'middle'}
          className={classes.tick}
        >
          {text}
        </text>
      ))}
      {diagonal && (
        <line x1={x(0)} y1={y(0)} x2={x(last)} y2={y(greatest)} className={classes.diagonal} />
      )}
      <polyline points={line} className={classes.line} />
      {points.map((point) => (
        <g key={point.x}>
          {point.low !== undefined && point.high !== undefined && (
            <line
              x1={x(point.x)}
              x2={x(point.x)}
              y1={y(point.low)}
              y2={y(point.high)}
              className={classes.whisker}
            />
          )}
          <circle cx={x(point.x)} cy={y(point.y)} r="3" className={classes.dot} />
        </g>
      ))}
    </svg>
  )
}
