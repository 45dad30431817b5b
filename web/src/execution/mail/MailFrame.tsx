import { useMemo } from 'react'
import classes from './MailFrame.module.css'

/** Every link opens in a new window; the frame itself never leaves the mail. */
export function withNewWindows(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html')
  for (const link of page.querySelectorAll('a[href],area[href]')) {
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer')
  }
  return `<!doctype html>${page.documentElement.outerHTML}`
}

/** A mail as the customer sees it: sandboxed, without scripts. */
export function MailFrame({
  html,
  title,
  width = '100%',
  height = 560,
}: {
  html: string
  title: string
  width?: number | string
  height?: number | string
}) {
  const page = useMemo(() => withNewWindows(html), [html])
  return (
    <div className={classes.stage}>
      <iframe
        title={title}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={page}
        className={classes.frame}
        style={{ width, height }}
      />
    </div>
  )
}
