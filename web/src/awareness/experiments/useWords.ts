import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { bodyOf, inUse, useChoices } from '../../app/definition'
import { type useOwnText, useWord } from '../../locales/words'
import { useFormat } from '../../ui'
import type { Report } from './experiments'

const member = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined

/** What is varied, in words. */
export function useSubject(): (subject: unknown) => string {
  const { t } = useTranslation('experiments')
  const placement = useDefinitionName('placement')
  const offer = useDefinitionName('offer')
  const strategy = useDefinitionName('strategy')
  const journey = useDefinitionName('journey')
  return (subject) => {
    const key = String(member(subject, 'key') ?? '')
    switch (member(subject, 'kind')) {
      case 'placement':
        return t('subject.of_placement', { name: placement(key) })
      case 'offer':
        return t('subject.of_offer', { name: offer(key) })
      case 'strategy':
        return t('subject.of_strategy', { name: strategy(key) })
      case 'journey':
        return t('subject.of_journey', { name: journey(key) })
      case 'offers':
        return t('subject.offers')
      case 'touchpoint':
        return t('subject.touchpoint')
      default:
        return '–'
    }
  }
}

/** A measure as a sentence. */
export function useMetric(): (metric: unknown) => string {
  const { t } = useTranslation('experiments')
  const word = useWord()
  const offer = useDefinitionName('offer')
  return (metric) => {
    const event = String(member(metric, 'event') ?? '')
    const property = String(member(metric, 'property') ?? '')
    switch (member(metric, 'kind')) {
      case 'response': {
        const response = word('response', String(member(metric, 'response') ?? 'accept'))
        const key = member(metric, 'offer')
        return key
          ? t('metric.response_to', { response, offer: offer(String(key)) })
          : t('metric.response_any', { response })
      }
      case 'conversion':
        return t('metric.conversion_of', { event })
      case 'revenue':
        return t('metric.revenue')
      case 'margin':
        return t('metric.margin')
      case 'measure':
        return property ? t('metric.sum_of', { event, property }) : t('metric.count_of', { event })
      case 'ratio':
        return t('metric.ratio_of', { event, property })
      default:
        return '–'
    }
  }
}

/** The currency of the shop, if its published offers agree on one; orders name none here. */
function useCurrency(): string | undefined {
  const currencies = useChoices('offer').items.flatMap((one) => {
    const currency = inUse(one) ? bodyOf(one).currency : undefined
    return typeof currency === 'string' && currency ? [currency] : []
  })
  return new Set(currencies).size === 1 ? currencies[0] : undefined
}

/** Numbers of a measure as people write them. */
export function useShow(metric: unknown): (value: number) => string {
  const format = useFormat()
  const currency = useCurrency()
  const kind = member(metric, 'kind')
  if (kind === 'response' || kind === 'conversion') {
    // Small rates lie close together.
    return (value) => format.percent(value, Math.abs(value) < 0.1 ? 2 : 1)
  }
  if (kind === 'revenue' || kind === 'margin') {
    return (value) => (currency ? format.money(value, currency) : format.decimal(value / 100, 2))
  }
  return (value) => format.decimal(value, 2)
}

/** The name of a variant. */
export function variantName(
  body: unknown,
  ownText: ReturnType<typeof useOwnText>,
): (key: string) => string {
  const variants = member(body, 'variants')
  const all = Array.isArray(variants) ? variants : []
  return (key) => {
    const found = all.find((one) => member(one, 'key') === key)
    return ownText(member(found, 'name')) || key
  }
}

/** The verdict in plain words, and how it looks. */
export function useVerdict(name: (key: string) => string, metric: unknown) {
  const { t } = useTranslation('experiments')
  const format = useFormat()
  const show = useShow(metric)
  return (report: {
    verdict: Report['verdict']
    holdout?: unknown
  }): { tone: 'good' | 'warn' | 'bad' | 'plain'; title: string; text: string } => {
    const verdict = report.verdict
    switch (verdict.kind) {
      case 'nobody':
        return { tone: 'plain', title: t('verdict.nobody'), text: t('verdict.nobody_text') }
      case 'sample_ratio':
        return {
          tone: 'bad',
          title: t('verdict.sample_ratio'),
          text: t('verdict.sample_ratio_text', {
            p: verdict.p_value < 0.0001 ? '< 0.0001' : format.decimal(verdict.p_value, 4),
          }),
        }
      case 'too_early':
        return {
          tone: 'plain',
          title: t('verdict.too_early'),
          text: t('verdict.too_early_text', { count: verdict.days_left }),
        }
      case 'better': {
        const relative = verdict.relative
        const lift = relative
          ? t('verdict.between', {
              low: format.change(relative.low),
              high: format.change(relative.high),
            })
          : t('verdict.between_plain', {
              low: show(verdict.difference.low),
              high: show(verdict.difference.high),
            })
        return {
          tone: 'good',
          title: t('verdict.better', { variant: name(verdict.variant), lift }),
          text: t('verdict.better_text'),
        }
      }
      case 'broken_guardrail':
        return {
          tone: 'warn',
          title: t('verdict.broken_guardrail', { variant: name(verdict.variant) }),
          text: t('verdict.broken_guardrail_text', { count: verdict.guardrails.length }),
        }
      case 'worse':
        return {
          tone: 'warn',
          title: t('verdict.worse', { variant: name(verdict.variant) }),
          text: t('verdict.worse_text'),
        }
      case 'same':
        return { tone: 'plain', title: t('verdict.same'), text: t('verdict.same_text') }
      case 'undecided':
        return {
          tone: 'plain',
          title: t('verdict.undecided'),
          text:
            verdict.more_customers == null
              ? t('verdict.undecided_unknown')
              : t('verdict.undecided_text', {
                  count: verdict.more_customers,
                  number: format.number(verdict.more_customers),
                }),
        }
      case 'rolled_out':
        return {
          tone: 'good',
          title: t('verdict.rolled_out', { variant: name(verdict.variant) }),
          text: report.holdout ? t('verdict.rolled_out_holdout') : t('verdict.rolled_out_text'),
        }
    }
  }
}
