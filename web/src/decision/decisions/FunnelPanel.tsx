import { useTranslation } from 'react-i18next'
import { Panel, useFormat } from '../../ui'
import classes from './DecisionPage.module.css'
import type { Decision } from './decisions'
import { funnel } from './funnel'

/** How the offers fell away, stage by stage. */
export function FunnelPanel({ decision }: { decision: Decision }) {
  const { t } = useTranslation('decisions')
  const format = useFormat()
  const { considered, left } = funnel(decision.proposals)
  const lines: [string, number, number][] = [[t('funnel.considered'), considered, considered]]
  let before = considered
  for (const [stage, count] of left) {
    lines.push([t(`funnel.${stage}`), count, before])
    before = count
  }
  return (
    <Panel title={t('funnel.title')}>
      <ol className={classes.funnel}>
        {lines.map(([name, count, previous]) => (
          <li key={name} className={classes.stage}>
            <span>{name}</span>
            <span>
              {previous > count && (
                <span className={classes.lost}>−{format.number(previous - count)} </span>
              )}
              <b>{format.number(count)}</b>
            </span>
            <div className={classes.track} aria-hidden="true">
              <div
                className={classes.left}
                style={{ width: `${considered > 0 ? (100 * count) / considered : 0}%` }}
              />
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
