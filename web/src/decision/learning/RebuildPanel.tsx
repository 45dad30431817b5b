import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ConfirmButton, ErrorPanel, Panel, useFormat, When } from '../../ui'
import classes from './Learning.module.css'
import { rebuildQuery, runs, useRebuild, useStopRebuild } from './learning'

/** Learning everything anew from the log, and how far that is. */
export function RebuildPanel() {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const rebuilding = useQuery(rebuildQuery())
  const [rebuild, stop] = [useRebuild(), useStopRebuild()]
  const newest = rebuilding.data?.newest
  const running = runs(rebuilding.data)
  const error = rebuild.error ?? stop.error
  const share = newest?.total_count ? newest.done_count / newest.total_count : 0
  return (
    <Panel title={t('rebuild.title')}>
      <div className={classes.main}>
        {rebuilding.error && (
          <ErrorPanel error={rebuilding.error} retry={() => rebuilding.refetch()} />
        )}
        {error && <ErrorPanel error={error} />}
        <p className={classes.sentence} role="status">
          {newest &&
            running &&
            t('rebuild.running', { percent: format.percent(Math.min(1, share)) })}
          {newest && !running && (
            <>
              {t(`rebuild.${newest.state}`, { author: newest.author })}{' '}
              <When at={newest.updated_at} />
              {newest.error && <> {newest.error}</>}
            </>
          )}
          {rebuilding.data && !newest && t('rebuild.never')}
        </p>
        <div className={classes.buttons}>
          {running ? (
            <ConfirmButton
              label={t('rebuild.stop')}
              title={t('rebuild.stop_title')}
              text={t('rebuild.stop_text')}
              confirm={t('rebuild.stop')}
              loading={stop.isPending}
              onConfirm={() => stop.mutate({})}
            />
          ) : (
            <ConfirmButton
              label={t('rebuild.action')}
              title={t('rebuild.confirm')}
              text={t('rebuild.text')}
              confirm={t('rebuild.action')}
              loading={rebuild.isPending}
              onConfirm={() => rebuild.mutate({})}
            />
          )}
        </div>
      </div>
    </Panel>
  )
}
