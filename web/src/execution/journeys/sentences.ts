import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { call } from '../../api/query'
import { useWord } from '../../locales/words'
import type { Exit, Journey, Step } from './journeys'

const units = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const

/** How long something takes, in the largest unit that fits evenly. */
export function useDuration(): (ms: number) => string {
  const { t } = useTranslation('journeys')
  return (ms) => {
    const unit = units.find(([, length]) => ms >= length && ms % length === 0)
    if (unit) return t(`duration.${unit[0]}`, { count: ms / unit[1] })
    return t('duration.seconds', { count: Math.round(ms / 1000) })
  }
}

/** Every condition of the journey as a sentence, by its pointer. */
export function useConditions(
  journey: Journey,
  enabled: boolean,
): (path: string) => string | undefined {
  const { i18n } = useTranslation()
  const rules = [
    { path: '/entry/where', criteria: journey.entry.where },
    ...journey.steps.flatMap((step) =>
      step.kind === 'split'
        ? (step.branches ?? []).map((branch, place) => ({
            path: `${step.id}/${place}`,
            criteria: branch.when,
          }))
        : [],
    ),
  ].filter((rule) => rule.criteria !== null && rule.criteria !== undefined)
  const answers = useQueries({
    queries: rules.map(({ criteria }) => ({
      queryKey: ['/api/criteria/check', { criteria }],
      queryFn: () => call('post', '/api/criteria/check', { body: { criteria } }),
      enabled,
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
  })
  return (path) => {
    const answer = answers[rules.findIndex((rule) => rule.path === path)]?.data
    return (i18n.language === 'zh-CN' && answer?.text_zh) || answer?.text || undefined
  }
}

/** What happens at a step, how one enters, and what each way out means, in plain words. */
export function useSentences(journey: Journey, { conditions = true } = {}) {
  const { t, i18n } = useTranslation('journeys')
  const word = useWord()
  const duration = useDuration()
  const condition = useConditions(journey, conditions)
  const placement = useDefinitionName('placement')
  const template = useDefinitionName('template')
  const experiment = useDefinitionName('experiment')
  const segment = useDefinitionName('segment')
  const either = (events: string[]) =>
    new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(
      events.map((one) => word('event', one)),
    )

  const entry = (): string => {
    const { on, without, within_ms: within, key } = journey.entry
    const said = {
      events: either(on),
      without: either(without ?? []),
      within: duration(within ?? 0),
    }
    const begin = t(
      within ? (without?.length ? 'entry.without' : 'entry.later') : 'entry.now',
      said,
    )
    const segments = journey.entry.segments ?? []
    const of = new Intl.ListFormat(i18n.language, { type: 'disjunction' })
    return [
      begin,
      segments.length > 0 && t('entry.segments', { segments: of.format(segments.map(segment)) }),
      key && t('entry.key', { key }),
    ]
      .filter(Boolean)
      .join(' ')
  }

  const step = (one: Step): string => {
    switch (one.kind) {
      case 'wait':
        return one.until
          ? t('step.until', { time: one.until })
          : t('step.wait', { duration: duration(one.for_ms ?? 0) })
      case 'split':
        return t('step.split', { count: (one.branches ?? []).length + 1 })
      case 'experiment':
        return t('step.experiment', { experiment: experiment(one.experiment) })
      case 'decide':
        return t('step.decide', { placement: placement(one.placement) })
      case 'message':
        return t(one.purpose === 'service' ? 'step.service' : 'step.message', {
          channel: word('channel', one.channel ?? 'email'),
          template: template(one.template),
        })
      case 'end':
        return t('step.end')
    }
  }

  const way = (from: string, exit: Exit): string => {
    switch (exit.way) {
      case 'next':
        return ''
      case 'branch':
        return (
          condition(`${from}/${exit.branch}`) ?? t('way.branch', { number: (exit.branch ?? 0) + 1 })
        )
      case 'variant':
        return t('way.variant', { variant: exit.variant ?? '' })
      case 'otherwise':
        return t('way.otherwise')
      case 'offer':
        return t('way.offer')
      case 'nothing':
        return t('way.nothing')
    }
  }
  const cancel = journey.cancel_on?.length ? t('cancel', { events: either(journey.cancel_on) }) : ''
  const only = condition('/entry/where')
  return { entry, step, way, cancel, only: only ? t('entry.only', { rule: only }) : '' }
}
