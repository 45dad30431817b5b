/** A run of numbers as small bars; decoration for a number that stands beside it. */
export function Sparkline({ values, side }: { values: number[]; side: 'ours' | 'theirs' }) {
  const greatest = Math.max(1, ...values)
  const step = 100 / Math.max(1, values.length)
  return (
    <svg
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      width="100%"
      height="24"
      aria-hidden="true"
      focusable="false"
    >
      {values.map((value, place) => {
        const height = (24 * value) / greatest
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is the hour.
            key={place}
            x={place * step}
            y={24 - height}
            width={step * 0.7}
            height={height}
            fill={`var(--${side}-fill)`}
          />
        )
      })}
    </svg>
  )
}
