import { type Answer, type Body, call, query } from '../../api/query'
import { readersZone } from '../explore/zone'

export type Question = Body<'post', '/api/web/answers'>
export type Answered = Answer<'post', '/api/web/answers'>
export type Numbers = Answered['total']
export type Breakdown = Answered['breakdowns'][number]
export type Row = Breakdown['rows'][number]
export type Dimension = Breakdown['dimension']
export type Only = { dimension: Dimension; value: string }
export type Live = Answer<'get', '/api/web/live'>

/** The metrics of the cards, in their order; the first is what the chart shows at first. */
export const metrics = [
  'visitors',
  'visits',
  'pages',
  'bounce_rate',
  'seconds',
  'converted',
  'orders',
  'revenue',
] as const
export type Metric = (typeof metrics)[number]

/** Dimensions that stand together, each a tab. */
export const panels: Dimension[][] = [
  ['channel', 'source', 'campaign', 'content', 'term', 'referrer'],
  ['page', 'landing', 'exit'],
  ['device', 'browser', 'os'],
  ['country', 'language'],
  ['goal', 'event'],
  ['search'],
]

export const answerQuery = (question: Question) => ({
  queryKey: ['/api/web/answers', question],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    call('post', '/api/web/answers', { body: question, signal }),
  staleTime: 30_000,
})

export const liveQuery = () => ({ ...query('/api/web/live'), refetchInterval: 5_000 })

/** The question of an address. */
export function readQuestion(search: Record<string, string | undefined>): Question {
  const days = Number(search.days)
  const period =
    search.from || search.until
      ? { from: search.from, until: search.until }
      : { days: Number.isFinite(days) && days > 0 ? days : 30 }
  return {
    period,
    unit:
      search.unit === 'hour' || search.unit === 'week' || search.unit === 'month'
        ? search.unit
        : 'day',
    zone: search.zone ?? readersZone(),
    compare:
      search.compare === 'none' ? undefined : search.compare === 'year' ? 'year' : 'previous',
    only: readOnly(search.only),
    ...readCounts(search),
    ...(search.filter ? { filter: readJson(search.filter) as Question['filter'] } : {}),
  }
}

/** What counts as an order, a cart and a visit, in the address only where it is not the usual. */
export const usual = { order: 'Order Completed', value: 'total', cart: 'Product Added', gap: 30 }

/** Further rules about visits, each on or off. */
export const visitRules = ['on_campaign', 'at_midnight', 'without_pages', 'with_bots'] as const

function readCounts(search: Record<string, string | undefined>) {
  const gap = Number(search.gap)
  const is = (rule: (typeof visitRules)[number]) => search[rule] === '1'
  return {
    order_event: search.order ?? usual.order,
    order_value: search.value ?? usual.value,
    cart_event: search.cart ?? usual.cart,
    sessions: {
      gap_minutes: Number.isFinite(gap) && gap > 0 ? Math.round(gap) : usual.gap,
      on_campaign: is('on_campaign'),
      at_midnight: is('at_midnight'),
      without_pages: is('without_pages'),
      with_bots: is('with_bots'),
    },
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Chosen values as `dimension:value`, each on a line of its own. */
export function readOnly(text: string | undefined): Only[] {
  const known = panels.flat()
  return (text ?? '')
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const end = line.indexOf(':')
      const dimension = known.find((one) => one === line.slice(0, end))
      return dimension ? [{ dimension, value: line.slice(end + 1) }] : []
    })
}

export function writeOnly(only: Only[]): string {
  return only.map((one) => `${one.dimension}:${one.value}`).join('\n')
}

/** How much more, as a share; `null` where there was nothing before. */
export function change(now: number, before: number | undefined): number | null {
  if (before === undefined || before === 0) return null
  return now / before - 1
}

/** Whether there is nothing at all to compare with, as in the first month of a site. */
export function nothingBefore(answered: Pick<Answered, 'before'>): boolean {
  return answered.before != null && answered.before.visits === 0
}

/** The answer without its comparison, which would say the same of every row. */
export function uncompared(answered: Answered): Answered {
  return {
    ...answered,
    before: null,
    series: answered.series.map((point) => ({ ...point, before: null })),
    breakdowns: answered.breakdowns.map((one) => ({
      ...one,
      rows: one.rows.map((row) => ({ ...row, visits_before: null })),
    })),
  }
}
