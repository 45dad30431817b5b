import { describe, expect, it } from 'vitest'
import type { Proposal } from './decisions'
import { winningLever } from './winningLever'

const proposal = (part: Partial<Proposal>): Proposal => ({
  placement: 'home',
  offer: 'any',
  version: 1,
  state: 'eligible',
  propensity: 0.1,
  context_weight: 1,
  value_cents: 1000,
  lever: 1,
  priority: 100,
  reasons: [],
  control_group: false,
  explored: false,
  ...part,
})

describe('winningLever', () => {
  it('is what would have made an outranked proposal win', () => {
    const winner = proposal({ state: 'chosen', priority: 150 })
    const second = proposal({ offer: 'second' })
    expect(winningLever(second, [winner, second])).toBe(1.5)
    expect(winningLever(winner, [winner, second])).toBeUndefined()
    expect(winningLever(second, [second])).toBeUndefined()
  })
})
