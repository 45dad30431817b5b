import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/query'
import { useOwnText } from '../../locales/words'
import { bodyOf, type Definition, type Kind } from './definitions'
import type { Choice } from './fields'

/** The definitions of a kind to choose from, by name, and themselves by key. */
export function useChoices(kind: Kind): { choices: Choice[]; items: Definition[] } {
  const ownText = useOwnText()
  const list = useQuery({
    ...query('/api/definitions/{kind}', { path: { kind }, query: { limit: 500 } }),
    staleTime: 60_000,
  })
  const items = list.data?.items ?? []
  const choices = items.map((one) => ({
    value: one.key,
    label: ownText(bodyOf(one).name) || one.title || one.key,
  }))
  return { choices, items }
}
