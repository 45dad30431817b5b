import { type Answer, query } from '../../api/query'

export type Statement = Answer<'get', '/api/profit_statement'>
export type Line = Statement['lines'][number]

export const groupings = ['offer', 'journey', 'channel', 'month'] as const
export type By = (typeof groupings)[number]

export const statementQuery = (wanted: { from?: string; to?: string; by?: By }) =>
  query('/api/profit_statement', { query: wanted })

/** Where the rows behind the statement are downloaded. */
export function rowsPath(statement: Statement): string {
  const wanted = new URLSearchParams({ from: statement.from, to: statement.to })
  return `/api/profit_statement/rows.csv?${wanted}`
}
