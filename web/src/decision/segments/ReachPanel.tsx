import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { channels } from '../../app/definition'
import type { Rule } from '../../app/definition/rule/rule'
import { useWord } from '../../locales/words'
import { ErrorPanel, Panel, useFormat } from '../../ui'
import classes from './Segments.module.css'
import { useReach } from './segments'

/** Who of them would get something in a channel now: from all that match to all that receive. */
export function ReachPanel({ rule }: { rule: Rule | null }) {
  const { t } = useTranslation('segments')
  const word = useWord()
  const format = useFormat()
  const [asked, setAsked] = useState(false)
  const [channel, setChannel] = useState<(typeof channels)[number]>('email')
  const reach = useReach(asked ? rule : null, channel)
  const first = reach.data?.[0]?.left ?? 0
  return (
    <Panel title={t('reach.title')} side="ours">
      <div className={classes.stack}>
        <p className={classes.soft}>{t('reach.lead')}</p>
        <div className={classes.row}>
          <NativeSelect
            label={t('reach.channel')}
            value={channel}
            data={channels.map((one) => ({ value: one, label: word('channel', one) }))}
            onChange={(event) => {
              const next = channels.find((one) => one === event.currentTarget.value)
              if (next) setChannel(next)
            }}
          />
          {!asked && (
            <Button variant="default" disabled={!rule} onClick={() => setAsked(true)}>
              {t('reach.ask')}
            </Button>
          )}
        </div>
        {reach.error && (
          <ErrorPanel error={Problem.of(reach.error)} retry={() => reach.refetch()} />
        )}
        {reach.data && (
          <ol className={reach.isFetching ? `${classes.list} ${classes.stale}` : classes.list}>
            {reach.data.map((step) => (
              <li key={step.step} className={classes.step}>
                <span>{t(`reach.step.${step.step}`)}</span>
                <span className={classes.number}>
                  {format.number(step.left)}
                  {step.lost > 0 && (
                    <span className={classes.lost}>
                      {' '}
                      {t('reach.lost', { shown: format.number(step.lost) })}
                    </span>
                  )}
                </span>
                <span className={classes.bar} aria-hidden="true">
                  <span
                    className={classes.fill}
                    style={{ width: `${first ? (100 * step.left) / first : 0}%` }}
                  />
                </span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Panel>
  )
}
