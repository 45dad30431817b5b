import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, Panel, useFormat } from '../../ui'
import classes from './Simulation.module.css'
import { moves, type Simulation, useCancel, useMine } from './simulations'

/** How far it is, or why there is no result; the page can be left and opened again. */
export function ProgressPanel({ one }: { one: Simulation }) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const cancel = useCancel()
  const mine = useMine(one)
  const { done_count, total_count } = one
  const share = total_count ? Math.min(1, done_count / total_count) : null
  const moving = moves(one.state)
  const what = 'population' in one.request.on ? 'progress.customers' : 'progress.rows'
  return (
    <Panel
      title={moving ? t('progress.title') : t('progress.ended')}
      aside={
        moving &&
        mine && (
          <Button
            variant="default"
            loading={cancel.isPending}
            disabled={one.state === 'cancelling'}
            title={one.state === 'cancelling' ? t('state.cancelling') : undefined}
            onClick={() => cancel.mutate({ path: { simulation_id: one.id } })}
          >
            {t('progress.cancel')}
          </Button>
        )
      }
    >
      {cancel.error && <ErrorPanel error={cancel.error} />}
      {moving && (
        <div className={classes.fields}>
          <div
            className={classes.track}
            role="progressbar"
            aria-label={t('progress.title')}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={share === null ? undefined : Math.round(share * 100)}
          >
            <div className={classes.done} style={{ width: `${(share ?? 0) * 100}%` }} />
          </div>
          <p aria-live="polite" className={classes.soft}>
            {share === null
              ? t('progress.waits')
              : t(what, {
                  done: format.number(done_count),
                  total: format.number(total_count ?? 0),
                  share: format.percent(share),
                })}
          </p>
          <p className={classes.soft}>{t('progress.leave')}</p>
        </div>
      )}
      {one.state === 'failed' && <p className={classes.bad}>{one.error ?? t('progress.failed')}</p>}
      {one.state === 'cancelled' && <p className={classes.soft}>{t('progress.cancelled')}</p>}
    </Panel>
  )
}
