import { useTranslation } from 'react-i18next'
import classes from './Skeleton.module.css'

const widths = ['72%', '88%', '64%', '80%', '58%', '84%', '70%', '90%']

/** A placeholder that shows itself only when loading takes longer than 150 ms. */
export function Skeleton({ lines = 5 }: { lines?: number }) {
  const { t } = useTranslation('ui')
  return (
    <div className={classes.lines} role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => widths[line % widths.length]).map(
        (width, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change places.
          <div key={line} className={classes.line} style={{ width }} />
        ),
      )}
    </div>
  )
}
