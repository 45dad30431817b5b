/** A rule on one customer in its JSON form; drafts may lack any of it. */
export type Rule = { [key: string]: unknown }

export const conditionKinds = [
  'attribute',
  'event',
  'sequence',
  'contacts',
  'responses',
  'consent',
  'segment',
  'score',
] as const
export type ConditionKind = (typeof conditionKinds)[number]
export type GroupKind = 'all' | 'any' | 'none'

const isRule = (value: unknown): value is Rule =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const rules = (value: unknown): Rule[] => (Array.isArray(value) ? value.filter(isRule) : [])

/** What a group demands of its parts; null for a single condition. "None" is "not any". */
export function groupOf(rule: Rule): { kind: GroupKind; parts: Rule[]; path: string } | null {
  if (Array.isArray(rule.all)) return { kind: 'all', parts: rules(rule.all), path: '/all' }
  if (Array.isArray(rule.any)) return { kind: 'any', parts: rules(rule.any), path: '/any' }
  if (isRule(rule.not) && Array.isArray(rule.not.any)) {
    return { kind: 'none', parts: rules(rule.not.any), path: '/not/any' }
  }
  return null
}

export function groupRule(kind: GroupKind, parts: Rule[]): Rule {
  if (kind === 'all') return { all: parts }
  return kind === 'any' ? { any: parts } : { not: { any: parts } }
}

/** A condition and whether it is turned round. */
export function conditionOf(rule: Rule): { condition: Rule; negated: boolean; path: string } {
  return isRule(rule.not)
    ? { condition: rule.not, negated: true, path: '/not' }
    : { condition: rule, negated: false, path: '' }
}

export function kindOf(condition: Rule): ConditionKind | null {
  return conditionKinds.find((kind) => kind in condition) ?? null
}

/** The rule as a group at the top, which is how the builder shows every rule. */
export function asGroup(rule: unknown): Rule {
  if (!isRule(rule)) return { all: [] }
  return groupOf(rule) ? rule : { all: [rule] }
}

/** Nothing demanded is no rule at all. */
export function isEmpty(rule: Rule): boolean {
  const group = groupOf(rule)
  return group !== null && group.parts.length === 0
}

export const operators = [
  'equals',
  'not_equals',
  'one_of',
  'none_of',
  'contains',
  'starts_with',
  'greater',
  'at_least',
  'less',
  'at_most',
  'between',
  'before',
  'after',
  'exists',
] as const
export type Operator = (typeof operators)[number]
export type ValueKind = 'text' | 'number' | 'boolean' | 'instant' | 'list'

/** The operators that suit a kind of value; every one when the kind is not known. */
export function operatorsFor(kind: ValueKind | null | undefined): Operator[] {
  switch (kind) {
    case 'number':
      return [
        'at_least',
        'at_most',
        'greater',
        'less',
        'equals',
        'not_equals',
        'between',
        'one_of',
        'exists',
      ]
    case 'instant':
      return ['after', 'before', 'exists']
    case 'boolean':
      return ['equals', 'not_equals', 'exists']
    case 'list':
      return ['contains', 'one_of', 'none_of', 'exists']
    case 'text':
      return ['equals', 'not_equals', 'one_of', 'none_of', 'contains', 'starts_with', 'exists']
    case null:
    case undefined:
      return [...operators]
  }
}

export function operatorOf(rule: Rule): Operator | null {
  return operators.find((operator) => operator in rule) ?? null
}

/** What an operator begins with for a kind of value. */
export function firstValue(operator: Operator, kind: ValueKind | null | undefined): unknown {
  switch (operator) {
    case 'exists':
      return true
    case 'one_of':
    case 'none_of':
      return []
    case 'between':
      return [0, 100]
    case 'before':
    case 'after':
      return { days_ago: 30 }
    case 'greater':
    case 'at_least':
    case 'less':
    case 'at_most':
      return 1
    case 'equals':
    case 'not_equals':
      if (kind === 'boolean') return true
      return kind === 'number' ? 1 : ''
    case 'contains':
    case 'starts_with':
      return ''
  }
}

/** The same condition with another operator and its value. */
export function withOperator(rule: Rule, operator: Operator, value: unknown): Rule {
  const kept = Object.entries(rule).filter(([key]) => !operators.some((known) => known === key))
  return { ...Object.fromEntries(kept), [operator]: value }
}

/** The same object without the entries that are not set. */
export function without(rule: Rule, ...keys: string[]): Rule {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !keys.includes(key)))
}

export const measures = [
  'count',
  'sum',
  'average',
  'min',
  'max',
  'distinct',
  'last',
  'first',
] as const
export type Measure = (typeof measures)[number]

/** What a measure comes to. */
export function measuredKind(rule: Rule, property: ValueKind | null | undefined): ValueKind | null {
  const measure = measures.find((known) => known === rule.measure) ?? 'count'
  if (measure === 'last' || measure === 'first') return rule.of ? (property ?? null) : 'instant'
  return 'number'
}

/** A condition that somebody begins. */
export function blank(kind: ConditionKind): Rule {
  const month = { rolling_days: 30 }
  switch (kind) {
    case 'attribute':
      return { attribute: '', equals: '' }
    case 'event':
      return { event: '', at_least: 1, within: month }
    case 'sequence':
      return { sequence: [{ event: '' }, { event: '' }], within: month }
    case 'contacts':
      return { contacts: {}, at_least: 1, within: month }
    case 'responses':
      return { responses: {}, at_least: 1, within: month }
    case 'consent':
      return { consent: { channel: 'email', purpose: 'marketing' }, is: 'granted' }
    case 'segment':
      return { segment: '' }
    case 'score':
      return { score: '', at_least: 0.5 }
  }
}

/** Whether a condition names what it is about, so that it can be checked and counted. */
export function isReady(condition: Rule): boolean {
  const kind = kindOf(condition)
  if (kind === null) return true
  if (kind === 'sequence') {
    return rules(condition.sequence).every((step) => typeof step.event === 'string' && step.event)
  }
  const subject = condition[kind]
  return typeof subject !== 'string' || subject !== ''
}

/** The parts of a rule that are ready; what is still being begun is left out. */
export function readyOnly(rule: Rule): Rule | null {
  const group = groupOf(rule)
  if (group) {
    const parts = group.parts.map(readyOnly)
    return groupRule(
      group.kind,
      parts.filter((part) => part !== null),
    )
  }
  return isReady(conditionOf(rule).condition) ? rule : null
}
