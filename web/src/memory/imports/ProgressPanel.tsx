import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ErrorPanel, Icon, Panel, Stat, useFormat } from '../../ui'
import { customersPath } from '../customers/nav'
import { Bar } from './Bar'
import classes from './ImportPage.module.css'
import { type Import, moves, rejectedAddress, shareOf, useCancel } from './imports'
import { importPath } from './nav'

/** How far the import is or how it ended; the page can be left and opened again. */
export function ProgressPanel({ one }: { one: Import }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const may = useMay()
  const cancel = useCancel()
  const { progress } = one
  const moving = moves(one.state)
  const done = format.number(progress.rows_done)
  return (
    <Panel
      title={moving ? t('progress.title') : t('result.title')}
      aside={
        moving &&
        may('edit_data') && (
          <Button
            variant="default"
            disabled={one.state === 'cancelling'}
            title={one.state === 'cancelling' ? t('state.cancelling') : undefined}
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ path: { id: one.id } })}
          >
            {t('progress.cancel')}
          </Button>
        )
      }
    >
      {cancel.error && <ErrorPanel error={cancel.error} />}
      {moving && (
        <div className={classes.moving}>
          <Bar share={shareOf(one)} label={t('progress.title')} />
          <p aria-live="polite">
            {progress.phase === 'survey' || !progress.rows_total
              ? t('progress.counting', { done })
              : t('progress.rows', { done, total: format.number(progress.rows_total) })}{' '}
            · {t('progress.elapsed', { time: elapsed(one) })}
          </p>
          <p className={classes.soft}>{t('progress.leave')}</p>
        </div>
      )}
      {one.state === 'failed' && <p className={classes.bad}>{one.error ?? t('result.failed')}</p>}
      {one.state === 'cancelled' && <p>{t('result.cancelled')}</p>}
      <Numbers one={one} />
      {progress.same_as && (
        <p>
          <Link to={importPath(progress.same_as)}>{t('result.same')}</Link>
        </p>
      )}
      <div className={classes.actions}>
        {progress.rejected_rows > 0 && (
          <Button
            variant="default"
            component="a"
            href={rejectedAddress(one.id)}
            download={`${one.id}-rejected.csv`}
            leftSection={<Icon name="download" size={14} />}
          >
            {t('result.download')}
          </Button>
        )}
        {one.state === 'done' && (
          <Button variant="default" renderRoot={(props) => <Link to={customersPath} {...props} />}>
            {t('result.customers')}
          </Button>
        )}
      </div>
    </Panel>
  )
}

function Numbers({ one }: { one: Import }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const { progress } = one
  const what = one.mapping?.as === 'customers' ? t('result.customers_in') : t('result.events_in')
  const share = (rows: number) => {
    if (!progress.rows_total) return undefined
    const part = rows / progress.rows_total
    const tiny = part > 0 && part < 0.001
    return tiny ? t('result.tiny', { share: format.percent(0.001) }) : format.percent(part)
  }
  return (
    <div className={classes.stats}>
      <Stat
        label={what}
        value={format.number(progress.accepted)}
        note={t('result.rows', { rows: format.number(progress.accepted_rows) })}
        side="theirs"
      />
      <Stat
        label={t('result.duplicates')}
        value={format.number(progress.duplicates)}
        note={t('result.duplicates_note')}
      />
      <Stat
        label={t('result.rejected')}
        value={format.number(progress.rejected_rows)}
        note={share(progress.rejected_rows)}
      />
      <Stat
        label={t('result.skipped')}
        value={format.number(progress.skipped_rows)}
        note={t('result.skipped_note')}
      />
    </div>
  )
}

/** Time since the upload, for an import that runs. */
function elapsed(one: Import): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(one.created_at)) / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const rest = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}
