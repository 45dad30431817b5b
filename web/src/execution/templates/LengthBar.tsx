import { useTranslation } from 'react-i18next'
import classes from './TemplateEditor.module.css'

/** How much of what an inbox shows is used up. */
export function LengthBar({ text, good }: { text: string; good: number }) {
  const { t } = useTranslation('templates')
  const length = [...text].length
  const long = length > good
  return (
    <div className={classes.length} data-long={long || undefined}>
      <span className={classes.bar} aria-hidden="true">
        <span style={{ width: `${Math.min(100, (100 * length) / good)}%` }} />
      </span>
      <span>{t(long ? 'length.long' : 'length.good', { count: length, good })}</span>
    </div>
  )
}
