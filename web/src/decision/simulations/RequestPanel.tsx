import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import { Facts, Panel, useFormat } from '../../ui'
import { offerPath } from '../offers/nav'
import { placementPath } from '../placements/nav'
import { policyPath } from '../policies/nav'
import { strategyPath } from '../strategies/nav'
import classes from './Simulation.module.css'
import type { Change, NewSimulation } from './simulations'
import { useRequestText } from './useRequestText'

const pathOf: Record<string, (key: string) => string> = {
  offer: offerPath,
  placement: placementPath,
  policy: policyPath,
  strategy: strategyPath,
}

/** What was asked; each definition leads to its own page, where it can be published. */
export function RequestPanel({ request }: { request: NewSimulation }) {
  const { t } = useTranslation('simulations')
  const text = useRequestText()
  const facts = request.tries.map((rules) => ({
    name: t('rules.set', { name: rules.name }),
    value:
      (rules.changes ?? []).length === 0
        ? t('change.none')
        : (rules.changes ?? []).map((change) => (
            <div key={`${change.kind}:${change.key}`}>
              <Definition change={change} text={text.change(change)} />
            </div>
          )),
  }))
  return (
    <Panel title={t('request.title')}>
      <Facts facts={[...facts, ...useGround(request)]} />
      <p className={classes.soft}>{t('request.publish')}</p>
    </Panel>
  )
}

function Definition({ change, text }: { change: Change; text: string }) {
  const to = pathOf[change.kind]?.(change.key)
  return to ? <Link to={to}>{text}</Link> : text
}

function useGround({ on }: NewSimulation) {
  const { t } = useTranslation('simulations')
  const word = useWord()
  const format = useFormat()
  const placementName = useDefinitionName('placement')
  if ('population' in on) {
    const { placements, criteria } = on.population
    return [
      { name: t('placements'), value: placements.map(placementName).join(', ') },
      {
        name: t('who'),
        value: criteria ? <code>{JSON.stringify(criteria)}</code> : t('everyone'),
      },
    ]
  }
  const { from, until, measure, response_days, customers, placements, channel } = on.recorded
  return [
    {
      name: t('request.period'),
      value: t('on.period', { from: format.date(from), until: format.date(Date.parse(until) - 1) }),
    },
    { name: t('period.measure'), value: t(`measure.${measure ?? 'accept'}`) },
    { name: t('period.days'), value: t('period.day', { count: response_days ?? 7 }) },
    { name: t('knowledge.title'), value: t(`knowledge.${customers ?? 'as_recorded'}`) },
    {
      name: t('placements'),
      value: placements ? placements.map(placementName).join(', ') : t('request.all_placements'),
    },
    ...(channel ? [{ name: t('period.channel'), value: word('channel', channel) }] : []),
  ]
}
