import { useQuery } from '@tanstack/react-query'
import { type Answer, call, query } from '../../../api/query'
import { useOwnText } from '../../../locales/words'
import type { Choice } from '../fields'
import type { Rule, ValueKind } from './rule'

type Words = Answer<'get', '/api/vocabulary'>

/** Everything a rule can speak of. */
export function useVocabulary() {
  const ownText = useOwnText()
  const read = useQuery({ ...query('/api/vocabulary'), staleTime: 60_000 })
  const words = read.data
  const named = (list: { key: string; name: Record<string, string> }[] | undefined): Choice[] =>
    (list ?? []).map((one) => ({ value: one.key, label: ownText(one.name) || one.key }))
  const event = (name: unknown) => words?.events.find((one) => one.name === name)
  return {
    words,
    offers: named(words?.offers),
    placements: named(words?.placements),
    segments: named(words?.segments),
    scores: named(words?.scores),
    categories: [...new Set((words?.offers ?? []).flatMap((one) => one.category ?? []))],
    attribute: (key: unknown): Words['attributes'][number] | undefined =>
      words?.attributes.find((one) => one.key === key),
    event,
    property: (name: unknown, path: unknown) =>
      event(name)?.properties.find((one) => one.path === path),
  }
}

/** The kind of values that were seen, if it is one. */
export const seenKind = (known: { kind?: ValueKind | null } | undefined): ValueKind | null =>
  known?.kind ?? null

/** A condition as a sentence, or what is wrong with it. */
export function useSentence(rule: Rule, ready: boolean) {
  return useQuery({
    queryKey: ['/api/criteria/check', { criteria: rule }],
    queryFn: ({ signal }) =>
      call('post', '/api/criteria/check', { body: { criteria: rule }, signal }),
    enabled: ready,
    staleTime: 300_000,
    retry: false,
  })
}
