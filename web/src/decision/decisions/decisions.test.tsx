import { screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import type { Decision } from './decisions'
import { ProposalsPanel } from './ProposalsPanel'

const proposal = {
  placement: 'home',
  offer: 'sale',
  version: 1,
  state: 'chosen',
  propensity: 0.2,
  context_weight: 1,
  value_cents: 1270,
  value_from: 'stated',
  stated_value_cents: 1270,
  lever: 1,
  priority: 253.9,
  drawn: 0.761,
  probability: 0.983,
  explored: false,
  reasons: [],
  control_group: false,
}

const decision = {
  decision_id: 'dec_1',
  channel: 'web',
  currency: 'GBP',
  proposals: [
    proposal,
    { ...proposal, offer: 'wrap', state: 'eligible', priority: 3.86, drawn: null },
  ],
  // Only what the panel looks at.
} as unknown as Decision

describe('the proposals of a decision', () => {
  it('have a priority in money, and chance is told in words', async () => {
    serve({})
    await show(<ProposalsPanel decision={decision} />)
    expect(screen.getByText('£2.54')).toBeDefined()
    expect(screen.getByText('£0.039')).toBeDefined()
    expect(screen.getByText(/this time 76.1% was assumed/)).toBeDefined()
    expect(screen.getByText(/it would be chosen 98.3% of the time/)).toBeDefined()
  })

  it('say who won the draw, and nothing of luck where nothing is drawn', async () => {
    serve({})
    const behind = { code: 'lower_priority', message: 'another has the higher priority' }
    const better = { ...proposal, offer: 'wrap', state: 'removed', priority: 300, drawn: null }
    const drawn = { ...decision, proposals: [proposal, { ...better, reasons: [behind] }] }
    await show(<ProposalsPanel decision={drawn as unknown as Decision} />)
    expect(screen.getByText('Won the draw for the placement')).toBeDefined()
    expect(screen.getByText(/it won the draw, which is made anew/)).toBeDefined()
    const fixed = { ...decision, proposals: [{ ...proposal, drawn: 0.2 }] }
    await show(<ProposalsPanel decision={fixed as unknown as Decision} />)
    expect(screen.getAllByText(/was assumed/)).toHaveLength(1)
  })

  it('say when a propensity is a guess', async () => {
    serve({
      'GET /api/session': { permissions: ['view_reports'] },
      'GET /api/learning': { learning: {} },
      'GET /api/learning/models': {
        items: [
          { offer: 'sale', settled_count: 300 },
          { offer: 'wrap', settled_count: 1 },
        ],
      },
    })
    await show(<ProposalsPanel decision={decision} />)
    expect(await screen.findAllByText(/A guess: it rests on 1 answer so far/)).toHaveLength(1)
  })

  it('would have won with more luck', async () => {
    const nothing = { changes: [], one_of: [], unchangeable: [], possible: true, exact: false }
    serve({ 'GET /api/decisions/dec_1/why-not': { ...nothing, approximate_because: 'drawn' } })
    await show(<ProposalsPanel decision={decision} />, '/?why=wrap')
    expect(await screen.findByText(/lost by chance/)).toBeDefined()
    expect(screen.queryByText(/with the change/)).toBeNull()
  })

  it('would win with an amount of money', async () => {
    const change = { what: 'value', kind: 'offer', key: 'wrap', field: 'value_cents' }
    serve({
      'GET /api/decisions/dec_1/why-not': {
        changes: [{ ...change, from: 220, to: 386 }],
        one_of: [],
        unchangeable: [],
        possible: true,
        exact: true,
      },
    })
    await show(<ProposalsPanel decision={decision} />, '/?why=wrap')
    expect(await screen.findByText('value of wrap: £3.86 instead of £2.20')).toBeDefined()
  })
})
