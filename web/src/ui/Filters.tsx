import type { ReactNode } from 'react'
import classes from './Filters.module.css'

/** The row above a list that holds its search and filters. */
export function Filters({ children }: { children: ReactNode }) {
  return <search className={classes.row}>{children}</search>
}
