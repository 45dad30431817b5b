import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useFormat } from '../../ui'
import type { Change, NewSimulation } from './simulations'

/** What a simulation asks, in words. */
export function useRequestText() {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const names = {
    offer: useDefinitionName('offer'),
    placement: useDefinitionName('placement'),
    policy: useDefinitionName('policy'),
    strategy: useDefinitionName('strategy'),
  }
  const change = (one: Change): string => {
    const name = names[one.kind as keyof typeof names]?.(one.key) ?? one.key
    if (one.without) return t('change.without', { name })
    return one.version ? t('change.version', { name, version: one.version }) : name
  }
  const rules = (request: NewSimulation): string =>
    request.tries
      .map((one) => {
        const changes = (one.changes ?? []).map(change)
        return `${one.name}: ${changes.join(', ') || t('change.none')}`
      })
      .join(' · ')
  return {
    change,
    rules,
    title: (request: NewSimulation) => request.name || rules(request),
    ground: (request: NewSimulation): string => {
      if ('population' in request.on) return t('on.population')
      const { from, until } = request.on.recorded
      return t('on.period', { from: format.date(from), until: format.date(Date.parse(until) - 1) })
    },
  }
}
