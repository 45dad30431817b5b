import { describe, expect, it } from 'vitest'
import {
  asGroup,
  blank,
  conditionKinds,
  conditionOf,
  groupOf,
  groupRule,
  isReady,
  measuredKind,
  operatorOf,
  readyOnly,
  withOperator,
} from './rule'

describe('rules', () => {
  it('are shown as a group, "none of" being "not any"', () => {
    const vip = { segment: 'vip' }
    expect(asGroup(undefined)).toEqual({ all: [] })
    expect(asGroup(vip)).toEqual({ all: [vip] })
    const none = groupRule('none', [vip])
    expect(none).toEqual({ not: { any: [vip] } })
    expect(groupOf(none)).toEqual({ kind: 'none', parts: [vip], path: '/not/any' })
  })

  it('know a condition that is turned round', () => {
    const turned = conditionOf({ not: { segment: 'vip' } })
    expect(turned).toEqual({ condition: { segment: 'vip' }, negated: true, path: '/not' })
  })

  it('change the operator and keep the rest', () => {
    const rule = { attribute: 'country', equals: 'France' }
    const next = withOperator(rule, 'one_of', ['France'])
    expect(next).toEqual({ attribute: 'country', one_of: ['France'] })
    expect(operatorOf(next)).toBe('one_of')
  })

  it('are counted without what somebody is still beginning', () => {
    for (const kind of conditionKinds.filter(
      (one) => !['consent', 'contacts', 'responses'].includes(one),
    )) {
      expect(isReady(blank(kind)), kind).toBe(false)
    }
    const rule = { all: [blank('event'), { segment: 'vip' }, { any: [blank('segment')] }] }
    expect(readyOnly(rule)).toEqual({ all: [{ segment: 'vip' }, { any: [] }] })
  })

  it('know what a measure comes to', () => {
    expect(measuredKind({ event: 'x' }, null)).toBe('number')
    expect(measuredKind({ event: 'x', measure: 'last' }, null)).toBe('instant')
    expect(measuredKind({ event: 'x', measure: 'last', of: 'category' }, 'text')).toBe('text')
  })
})
