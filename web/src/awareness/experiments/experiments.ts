import { type Answer, type Item, query, useChange } from '../../api/query'
import type { AnyBody } from '../../app/definition'

export type Report = Answer<'get', '/api/experiments/{key}/results'>
export type ExperimentRow = Item<'/api/experiments'>
export type Comparison = NonNullable<Report['primary']['comparisons'][number]>
export type Metric = Report['primary']['metric']

export const reportQuery = (key: string) =>
  query('/api/experiments/{key}/results', { path: { key } })

/** The verdicts of all published experiments; asked for again while some are being counted. */
export const verdictsQuery = () => ({
  ...query('/api/experiments', { query: { limit: 500 } }),
  refetchInterval: ({ state }: { state: { data?: { items: ExperimentRow[] } | undefined } }) =>
    state.data?.items.some((one) => !one.verdict && !one.problem) ? 2_000 : (false as const),
})

const change = {
  refresh: [
    '/api/experiments' as const,
    '/api/experiments/{key}/results' as const,
    '/api/definitions/{kind}' as const,
    '/api/definitions/{kind}/{key}' as const,
    '/api/definitions/{kind}/{key}/versions' as const,
  ],
}

export const useRollOut = () => useChange('post', '/api/experiments/{key}/winner', change)
export const useTakeBack = () => useChange('delete', '/api/experiments/{key}/winner', change)

export const subjects = [
  'placement',
  'offer',
  'offers',
  'strategy',
  'journey',
  'touchpoint',
] as const
export type Subject = (typeof subjects)[number]

export const metrics = ['response', 'conversion', 'revenue', 'margin', 'measure', 'ratio'] as const
export type MetricKind = (typeof metrics)[number]

/** What a measure begins with. */
export const blankMetric: Record<MetricKind, AnyBody> = {
  response: { kind: 'response', response: 'accept' },
  conversion: { kind: 'conversion', event: 'Order Completed' },
  revenue: { kind: 'revenue' },
  margin: { kind: 'margin' },
  measure: { kind: 'measure', event: 'Order Completed' },
  ratio: { kind: 'ratio', event: 'Order Completed', property: 'total' },
}

export const blank: AnyBody = {
  name: { en: '' },
  subject: { kind: 'placement', key: '' },
  variants: [
    { key: 'a', share: 0.5 },
    { key: 'b', share: 0.5, change: {} },
  ],
  metric: blankMetric.conversion,
  expected_lift: 0.1,
  minimum_days: 7,
  window_days: 30,
  share: 1,
}
