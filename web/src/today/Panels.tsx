import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon, Panel, useFormat } from '../ui'
import classes from './TodayPage.module.css'
import type { Today } from './today'

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
              {step.path && !step.done ? (
                <Link to={step.path}>{t(`steps.${step.key}`)}</Link>
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
  const left = waiting.filter((one) => one.count > 0)
  return (
    <Panel title={t('waiting.title')}>
      {left.length === 0 && <span className={classes.soft}>{t('waiting.nothing')}</span>}
      <ul className={classes.list}>
        {left.map((one) => (
          <li key={one.kind}>
            <Icon name="warning" />
            <span className={classes.name}>
              {one.path ? (
                <Link to={one.path}>{t(`waiting.${one.kind}`)}</Link>
              ) : (
                t(`waiting.${one.kind}`)
              )}
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
  const format = useFormat()
  return (
    <Panel title={t('journeys.title')} side="ours">
      {journeys.length === 0 && <span className={classes.soft}>{t('journeys.nothing')}</span>}
      <ul className={classes.list}>
        {journeys.map((journey) => (
          <li key={journey.key}>
            <span className={classes.name}>
              <Link to={`/journeys/${journey.key}`}>{journey.title}</Link>
              <br />
              <span className={classes.soft}>
                {t('journeys.finished', { number: format.number(journey.finished_today) })}
              </span>
            </span>
            <b>{t('journeys.running', { number: format.number(journey.running) })}</b>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
