import type { ReactNode } from 'react'

/** The row above a list that holds its search and filters. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <search
      style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', marginBottom: 12 }}
    >
      {children}
    </search>
  )
}
