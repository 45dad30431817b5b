import { describe, expect, it } from 'vitest'
import type { Proposal } from './decisions'
import { funnel, lostAt, winningLever } from './funnel'

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
  ...part,
})
const removed = (...codes: string[]) =>
  proposal({ state: 'rejected', reasons: codes.map((code) => ({ code, message: '' })) })

describe('lostAt', () => {
  it('names the earliest stage of all reasons', () => {
    expect(lostAt(removed('contact_policy', 'no_consent'))).toBe('allowed')
    expect(lostAt(removed('something_new'))).toBe('eligible')
    expect(lostAt(proposal({ state: 'rejected', control_group: true }))).toBe('test')
  })
})

describe('funnel', () => {
  it('counts what is left after each stage', () => {
    const { considered, left } = funnel([
      proposal({ state: 'chosen' }),
      proposal({}),
      removed('expired'),
      removed('contact_policy'),
    ])
    expect(considered).toBe(4)
    expect(Object.fromEntries(left)).toEqual({
      fits: 3,
      eligible: 3,
      allowed: 3,
      policy: 2,
      test: 2,
      chosen: 1,
    })
  })
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
