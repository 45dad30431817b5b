import type { ReactNode } from 'react'
import classes from './EmptyState.module.css'

/** What this place is for and the first step; drawn with the two strokes of a conversation. */
export function EmptyState({
  title,
  text,
  actions,
}: {
  title: string
  text?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className={classes.empty}>
      <svg width="132" height="64" viewBox="0 0 132 64" fill="none" aria-hidden="true">
        <path
          d="M12 28V14a6 6 0 0 1 6-6h52a6 6 0 0 1 6 6v10a6 6 0 0 1-6 6H26l-8 7v-7"
          stroke="var(--ours-fill)"
          strokeWidth="2"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
        <path
          d="M120 44V32a6 6 0 0 0-6-6H84M60 38v10a6 6 0 0 0 6 6h40l8 7v-7"
          stroke="var(--theirs-fill)"
          strokeWidth="2"
          strokeLinejoin="round"
          strokeLinecap="round"
          strokeDasharray="1 5"
        />
      </svg>
      <h2 className={classes.title}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {actions && <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
