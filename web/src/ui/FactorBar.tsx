import classes from './FactorBar.module.css'

/** One factor of a product; the first is the base, the others raise or lower it. */
export type Factor = { name: string; factor: number }

/** How much each factor after the base adds to or takes from the product. */
export function shares(base: number, factors: Factor[]): { name: string; amount: number }[] {
  let sum = base
  return factors.map(({ name, factor }) => {
    const amount = sum * (factor - 1)
    sum *= factor
    return { name, amount }
  })
}

/** A product as a stacked bar: what the base gives, what each factor adds (striped) or takes. */
export function FactorBar({
  base,
  factors,
  greatest,
  text,
}: {
  base: number
  factors: Factor[]
  /** The longest bar of the list, so that bars can be compared. */
  greatest: number
  /** The same in words. */
  text: string
}) {
  const parts = shares(base, factors)
  const lost = parts.reduce((sum, part) => sum + Math.min(0, part.amount), 0)
  const width = (amount: number) => `${greatest > 0 ? (100 * amount) / greatest : 0}%`
  return (
    <div>
      <div className={classes.bar} aria-hidden="true">
        <span
          className={`${classes.part} ${classes.base}`}
          style={{ width: width(Math.max(0, base + lost)) }}
        />
        {parts.map((part) => (
          <span
            key={part.name}
            title={part.name}
            className={`${classes.part} ${part.amount < 0 ? classes.less : classes.more}`}
            style={{ width: width(Math.abs(part.amount)) }}
          />
        ))}
      </div>
      <div className={classes.formula}>{text}</div>
    </div>
  )
}
