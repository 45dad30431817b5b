import { type Answer, type Item, pages, query } from '../../api/query'

export type DecisionRow = Item<'/api/decisions'>
export type Decision = Answer<'get', '/api/decisions/{decision_id}'>
export type Proposal = Decision['proposals'][number]

export type DecisionFilter = {
  customer?: string
  placement?: string
  offer?: string
  reason?: string
}

export const decisionsPages = (filter: DecisionFilter) => ({
  ...pages('/api/decisions', { query: { limit: 50, ...filter } }),
  refetchInterval: 10_000,
})

export const decisionQuery = (decisionId: string) =>
  query('/api/decisions/{decision_id}', { path: { decision_id: decisionId } })
