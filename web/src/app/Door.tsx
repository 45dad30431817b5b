import type { ReactNode } from 'react'
import { Suspense, useEffect } from 'react'
import type { Problem } from '../api/problem'
import { ErrorPanel, Mark } from '../ui'
import classes from './Door.module.css'
import { Switches } from './later'

const strokes: ['ours' | 'theirs', string][] = [
  ['ours', '58%'],
  ['theirs', '34%'],
  ['ours', '44%'],
  ['theirs', '62%'],
  ['ours', '30%'],
  ['theirs', '48%'],
]

/** The frame of the two pages before one is signed in. */
export function Door({
  title,
  lead,
  children,
}: {
  title: string
  lead?: string
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Rapport`
  }, [title])
  return (
    <div className={classes.page}>
      <main className={classes.form}>
        <Brand />
        <h1 className={classes.title}>{title}</h1>
        {lead && <p className={classes.lead}>{lead}</p>}
        {children}
        <div className={classes.switches}>
          <Suspense>
            <Switches />
          </Suspense>
        </div>
      </main>
      <div className={classes.picture} aria-hidden="true">
        {strokes.map(([side, width]) => (
          <div key={side + width} className={classes[side]} style={{ width }} />
        ))}
      </div>
    </div>
  )
}

const product = 'Rapport'

export function Brand() {
  return (
    <span className={classes.brand}>
      <Mark />
      {product}
    </span>
  )
}

/** The server could not say who we are. */
export function DoorError({ error, retry }: { error: Problem; retry: () => void }) {
  return (
    <Door title={product}>
      <ErrorPanel error={error} retry={retry} />
    </Door>
  )
}
