import { type ReactNode, useId } from 'react'
import classes from './Panel.module.css'

/** A titled part of a page. */
export function Panel({
  title,
  aside,
  children,
  flush = false,
  side,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  flush?: boolean
  side?: 'ours' | 'theirs'
}) {
  const id = useId()
  const looks = [classes.panel, flush && classes.flush, side && classes[side]]
  return (
    <section className={looks.filter(Boolean).join(' ')} aria-labelledby={id}>
      <div className={classes.head}>
        <h2 className={classes.title} id={id}>
          {title}
        </h2>
        {aside}
      </div>
      <div className={classes.body}>{children}</div>
    </section>
  )
}
