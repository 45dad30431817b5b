import type { ReactNode } from 'react'
import { CopyButton } from './CopyButton'
import classes from './JsonView.module.css'

const token =
  /("(?:\\.|[^"\\])*"(?=\s*:))|("(?:\\.|[^"\\])*")|\b(true|false|null|-?\d[\d.eE+-]*)\b/g

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, key, string] = match
    parts.push(text.slice(end, match.index))
    const look = key ? classes.key : string ? classes.text : classes.literal
    parts.push(
      <span key={match.index} className={look}>
        {whole}
      </span>,
    )
    end = match.index + whole.length
  }
  parts.push(text.slice(end))
  return parts
}

/** Any value as indented JSON. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value, null, 2) ?? 'null'
  return (
    <div className={classes.frame}>
      <section className={classes.json} tabIndex={0} aria-label={label}>
        <pre style={{ margin: 0 }}>{coloured(text)}</pre>
      </section>
      <span className={classes.copy}>
        <CopyButton value={text} />
      </span>
    </div>
  )
}
