import type { ReactNode } from 'react'
import classes from './form.module.css'

/** What is written, and beside it what comes of it. */
export function FormColumns({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  if (!aside) return <div className={classes.form}>{children}</div>
  return (
    <div className={classes.columns}>
      <div>{children}</div>
      <div>{aside}</div>
    </div>
  )
}

/** Fields below each other. */
export function Fields({ children }: { children: ReactNode }) {
  return <div className={classes.fields}>{children}</div>
}

/** Fields beside each other where there is room. */
export function Side({ children }: { children: ReactNode }) {
  return <div className={classes.pair}>{children}</div>
}
