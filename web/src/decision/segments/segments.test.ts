import { describe, expect, it } from 'vitest'
import { byPlace, type Condition, killer, membershipOf } from './segments'
import { groupRule, moved } from './split'

const condition = (path: string, count: number, left?: number, parts?: Condition[]): Condition => ({
  path,
  text: path,
  text_zh: path,
  count,
  left,
  parts: parts ?? [],
})

describe('segments', () => {
  const rule = condition('', 0, undefined, [
    condition('/all/0', 40, 40),
    condition('/all/1', 9, 0, [condition('/all/1/any/0', 9)]),
  ])

  it('find the count of every condition by its place', () => {
    expect([...byPlace(rule).keys()]).toEqual(['', '/all/0', '/all/1', '/all/1/any/0'])
  })

  it('name the condition after which nobody is left', () => {
    expect(killer(rule)?.path).toBe('/all/1')
    expect(killer(condition('', 5))).toBeNull()
    expect(killer(condition('', 0))?.path).toBe('')
  })

  it('are live unless they say otherwise', () => {
    expect(membershipOf({})).toBe('live')
    expect(membershipOf({ membership: 'static' })).toBe('static')
  })

  it('are made of the groups of a split: in theirs, and in none before', () => {
    const order = ['vip', 'active', 'new']
    expect(groupRule(order, 0)).toEqual({ all: [{ segment: 'vip' }] })
    expect(groupRule(order, 1)).toEqual({
      all: [{ segment: 'active' }, { not: { any: [{ segment: 'vip' }] } }],
    })
    expect(groupRule(order, 3)).toEqual({
      all: [{ not: { any: order.map((segment) => ({ segment })) } }],
    })
  })

  it('change their place in a split', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  })
})
