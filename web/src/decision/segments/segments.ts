import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Answer, type Body, call, pages, query, useChange } from '../../api/query'
import type { AnyBody } from '../../app/definition'
import type { Rule } from '../../app/definition/rule/rule'

export type Figures = Answer<'get', '/api/segments'>[number]
export type RuleCount = Answer<'post', '/api/segments/count'>
export type Condition = RuleCount['conditions']
export type Explanation = RuleCount['sample'][number]['reason']
export type SplitPart = Answer<'post', '/api/segments/split'>[number]

const figures = '/api/segments'
const members = '/api/segments/{key}/members'
const days = '/api/segments/{key}/days'

export const figuresQuery = () => query(figures)
export const daysQuery = (key: string, count: number) =>
  query(days, { path: { key }, query: { days: count } })
export const usesQuery = (key: string) => query('/api/segments/{key}/uses', { path: { key } })
export const memberPages = (key: string) => pages(members, { path: { key }, query: { limit: 50 } })

export const useUpload = () => useChange('post', members, { refresh: [members, figures, days] })
export const useSnapshot = () =>
  useChange('post', '/api/segments/{key}/snapshot', { refresh: [members, figures, days] })

type Criteria = Body<'post', '/api/segments/count'>['criteria']
/** The description of the API lists every form of a rule; the server says which form is wrong. */
const onTheWire = (rule: Rule | null) => rule as unknown as Criteria

const language = (locale: string) => (locale === 'zh-CN' ? 'zh' : 'en')

export type Household = NonNullable<Body<'post', '/api/segments/count'>['household']>

/** Counts a rule while it is written; an older count is dropped when a newer one is asked for. */
export function useCount(
  rule: Rule | null,
  { at, household }: { at: string | null; household?: Household },
  locale: string,
) {
  const asked = { criteria: onTheWire(rule), at, language: language(locale) } as const
  const body = household ? { ...asked, household } : asked
  return useQuery({
    queryKey: ['/api/segments/count', body],
    queryFn: ({ signal }) => call('post', '/api/segments/count', { body, signal }),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  })
}

export function useReach(rule: Rule | null, channel: Channel) {
  const body = { criteria: onTheWire(rule), channel }
  return useQuery({
    queryKey: ['/api/segments/reach', body],
    queryFn: ({ signal }) => call('post', '/api/segments/reach', { body, signal }),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  })
}

export type Channel =
  | 'web'
  | 'email'
  | 'sms'
  | 'push'
  | 'call_center'
  | 'point_of_sale'
  | 'direct_mail'

export function useSplit(keys: string[]) {
  return useQuery({
    queryKey: ['/api/segments/split', keys],
    queryFn: ({ signal }) =>
      call<'post', '/api/segments/split'>('post', '/api/segments/split', {
        body: { segments: keys },
        signal,
      }),
    enabled: keys.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

/** Every condition of a counted rule by its place. */
export function byPlace(condition: Condition): Map<string, Condition> {
  const all = new Map<string, Condition>([[condition.path, condition]])
  for (const part of condition.parts ?? []) {
    for (const [path, found] of byPlace(part)) all.set(path, found)
  }
  return all
}

/** The condition that takes the last customers away, when nobody is left. */
export function killer(condition: Condition): Condition | null {
  const parts = condition.parts ?? []
  const last = parts.find((part) => part.left === 0)
  if (!last) return condition.count === 0 && parts.length === 0 ? condition : null
  return killer(last) ?? last
}

export const blank: AnyBody = {
  name: { en: '' },
  membership: 'live',
  criteria: { all: [] },
}

/** The household of a segment, once it says which attribute makes one. */
export function householdOf(body: AnyBody): Household | undefined {
  const household = body.household as Partial<Household> | null | undefined // looked at before use
  return household?.attribute ? { ...household, attribute: household.attribute } : undefined
}

export const membershipOf = (body: AnyBody): 'live' | 'static' =>
  body.membership === 'static' ? 'static' : 'live'
