import { useTranslation } from 'react-i18next'
import { Panel, useFormat } from '../../ui'
import classes from './DecisionPage.module.css'
import type { Decision } from './decisions'

const stages = ['considered', 'fits', 'eligible', 'allowed', 'policy', 'chosen'] as const

/** How the offers fell away, stage by stage. */
export function FunnelPanel({ funnel }: { funnel: Decision['funnel'] }) {
  const { t } = useTranslation('decisions')
  const format = useFormat()
  return (
    <Panel title={t('funnel.title')}>
      <ol className={classes.funnel}>
        {stages.map((stage, place) => {
          const before = funnel[stages[place - 1] ?? 'considered']
          const left = funnel[stage]
          const share = funnel.considered > 0 ? (100 * left) / funnel.considered : 0
          return (
            <li key={stage} className={classes.stage}>
              <span>{t(`funnel.${stage}`)}</span>
              <span>
                {before > left && (
                  <span className={classes.lost}>−{format.number(before - left)} </span>
                )}
                <b>{format.number(left)}</b>
              </span>
              <div className={classes.track} aria-hidden="true">
                <div className={classes.left} style={{ width: `${share}%` }} />
              </div>
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}
