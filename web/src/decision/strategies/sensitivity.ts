import { queryOptions } from '@tanstack/react-query'
import type { Problem } from '../../api/problem'
import { type Answer, call } from '../../api/query'

const path = '/api/strategies/sensitivity'

export type Sensitivity = Answer<'post', typeof path>
export type Shift = Sensitivity['placements'][number]

/** How winners would change; a question, though it is posted because a draft is large. */
export const sensitivityQuery = (
  key: string,
  body: Record<string, unknown>,
  context: Record<string, unknown>,
) =>
  queryOptions<Sensitivity, Problem>({
    queryKey: [path, key, body, context],
    queryFn: ({ signal }) =>
      call('post', path, {
        // A draft may be anything; the server says what is wrong with it.
        body: { key, body, context } as never,
        signal,
      }),
  })

/** `weather=rain, age=42` as the circumstances of a decision. */
export function contextOf(said: string): Record<string, string | number | boolean> {
  const pairs = said.split(/[,\n]/).flatMap((part) => {
    const [name = '', ...rest] = part.split('=')
    const value = rest.join('=').trim()
    return name.trim() && value ? [[name.trim(), typed(value)] as const] : []
  })
  return Object.fromEntries(pairs)
}

function typed(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  const number = Number(value)
  return Number.isFinite(number) ? number : value
}
