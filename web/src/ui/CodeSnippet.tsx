import { CopyButton } from './CopyButton'
import classes from './JsonView.module.css'

/** Text to paste elsewhere, exactly as it is. */
export function CodeSnippet({ code, label }: { code: string; label: string }) {
  return (
    <div className={classes.frame}>
      <section className={classes.json} tabIndex={0} aria-label={label}>
        <pre style={{ margin: 0 }}>{code}</pre>
      </section>
      <span className={classes.copy}>
        <CopyButton value={code} />
      </span>
    </div>
  )
}
