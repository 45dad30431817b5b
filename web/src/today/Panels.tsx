import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../api/names'
import { Icon, Panel, useFormat } from '../ui'
import classes from './TodayPage.module.css'
import type { Today } from './today'

// Plain paths: the pages of other features may be absent from a build.
const stepPaths: Record<Today['steps'][number]['key'], string> = {
  events: '/sources',
  offer: '/offers',
  placement: '/placements',
  journey: '/journeys',
  decision: '/decisions',
  message: '/messages',
}
const waitingPaths: Record<Today['waiting'][number]['kind'], string> = {
  uncertain_messages: '/messages?state=uncertain',
  failed_messages: '/messages?state=rejected',
  quarantine: '/quarantine',
  expiring_offers: '/offers?valid=ends_soon',
  low_codes: '/offers',
  recalled_offers: '/offers',
  drafts: '/offers',
}

/** What is left of setting up; gone once everything is done. */
export function StepsPanel({ steps }: { steps: Today['steps'] }) {
  const { t } = useTranslation('today')
  const done = steps.filter((step) => step.done).length
  if (done === steps.length) return null
  return (
    <Panel
      title={t('steps.title')}
      aside={
        <span className={classes.soft}>{t('steps.progress', { done, all: steps.length })}</span>
      }
    >
      <ol className={classes.list}>
        {steps.map((step) => (
          <li key={step.key} className={step.done ? classes.soft : undefined}>
            <span className={step.done ? classes.done : undefined}>
              <Icon name={step.done ? 'check' : 'chevron'} />
            </span>
            <span className={classes.name}>
              {!step.done ? (
                <Link to={stepPaths[step.key]}>{t(`steps.${step.key}`)}</Link>
              ) : (
                t(`steps.${step.key}`)
              )}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

export function WaitingPanel({ waiting }: { waiting: Today['waiting'] }) {
  const { t } = useTranslation('today')
  const format = useFormat()
  return (
    <Panel title={t('waiting.title')}>
      {waiting.length === 0 && <span className={classes.soft}>{t('waiting.nothing')}</span>}
      <ul className={classes.list}>
        {waiting.map((one) => (
          <li key={one.kind}>
            <Icon name="warning" />
            <span className={classes.name}>
              <Link to={waitingPaths[one.kind]}>{t(`waiting.${one.kind}`)}</Link>
            </span>
            <b>{format.number(one.count)}</b>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

export function JourneysPanel({ journeys }: { journeys: Today['journeys'] }) {
  const { t } = useTranslation('today')
  const nameOf = useDefinitionName('journey')
  const name = ({ key, title }: Today['journeys'][number]) => {
    const known = nameOf(key)
    return known === key ? title : known
  }
  const format = useFormat()
  return (
    <Panel title={t('journeys.title')} side="ours">
      {journeys.length === 0 && <span className={classes.soft}>{t('journeys.nothing')}</span>}
      <ul className={classes.list}>
        {journeys.map((journey) => (
          <li key={journey.key}>
            <span className={classes.name}>
              <Link to={`/journeys/${journey.key}`}>{name(journey)}</Link>
              <br />
              <span className={classes.soft}>
                {t('journeys.ended', {
                  done: format.number(journey.done),
                  cancelled: format.number(journey.cancelled),
                })}
              </span>
            </span>
            <b>{t('journeys.running', { number: format.number(journey.running) })}</b>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
