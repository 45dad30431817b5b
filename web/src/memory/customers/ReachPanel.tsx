import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { Panel, StatusBadge } from '../../ui'
import classes from './CustomerPage.module.css'
import type { Customer } from './customers'

/** Where a marketing message could reach the customer now, and what is in the way. */
export function ReachPanel({ reachable }: { reachable: Customer['reachable'] }) {
  const { t } = useTranslation('customers')
  const word = useWord()
  return (
    <Panel title={t('reach.title')}>
      <ul className={classes.list}>
        {reachable.map((one) => (
          <li key={one.channel} className={classes.line}>
            <span className={classes.value}>
              {word('channel', one.channel)}
              {one.obstacles.length > 0 && (
                <>
                  <br />
                  <span className={classes.soft}>
                    {one.obstacles.map((obstacle) => word('obstacle', obstacle)).join(' · ')}
                  </span>
                </>
              )}
            </span>
            <StatusBadge
              tone={one.reachable ? 'good' : 'plain'}
              icon={one.reachable ? 'check' : 'cross'}
              word={one.reachable ? t('reach.yes') : t('reach.no')}
            />
          </li>
        ))}
      </ul>
    </Panel>
  )
}
