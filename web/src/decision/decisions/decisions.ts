import { type Answer, every, type Item, pages, query } from '../../api/query'

export type DecisionRow = Item<'/api/decisions'>
export type Decision = Answer<'get', '/api/decisions/{decision_id}'>
export type Proposal = Decision['proposals'][number]

export type NeededChange = Answer<'get', '/api/decisions/{decision_id}/why-not'>['changes'][number]

/** What narrows the list, as the address and the server have it. */
export const filters = [
  'customer',
  'offer',
  'fate',
  'against',
  'placement',
  'channel',
  'reason',
  'degradation',
  'control',
  'explored',
  'from',
  'until',
] as const

export type DecisionFilter = { [K in (typeof filters)[number]]?: string }

const day = 86_400_000

/** A filter of the address as the server takes it: days become instants of this calendar. */
function asked({ from, until, control, explored, ...rest }: DecisionFilter) {
  const instant = (date: string, plus = 0) =>
    new Date(Date.parse(`${date}T00:00:00`) + plus).toISOString()
  return {
    ...rest,
    ...(from ? { from: instant(from) } : {}),
    ...(until ? { until: instant(until, day) } : {}),
    ...(control ? { control: control === 'true' } : {}),
    ...(explored ? { explored: explored === 'true' } : {}),
  }
}

export const decisionsPages = (filter: DecisionFilter) => ({
  // The words come from the address; the server says so when it does not know one.
  ...pages('/api/decisions', { query: { limit: 50, ...asked(filter) } as never }),
  refetchInterval: every(10_000),
})

export const decisionQuery = (decisionId: string) =>
  query('/api/decisions/{decision_id}', { path: { decision_id: decisionId } })

export const whyNotQuery = (
  decisionId: string,
  placement: string,
  offer: string,
  language: 'en' | 'zh',
) =>
  query('/api/decisions/{decision_id}/why-not', {
    path: { decision_id: decisionId },
    query: { placement, offer, language },
  })
