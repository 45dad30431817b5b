import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { Conversation } from './Conversation'
import { OffersToMake } from './OffersToMake'

const offer = {
  offer: 'winter_sale',
  version: 1,
  contact_id: 'con_1',
  treatment_code: 'ABC',
  priority: 10,
  creative: { title: '15 % on lamps', text: 'Shall I add it?' },
  attributes: {},
}
const decision = (offers: object[], reason: string) => ({
  decision_id: 'dec_1',
  customer_id: 'cus_1',
  placements: [{ placement: 'agent', offers, reason }],
  proposals: [],
})
const ask = 'POST /api/customers/cus_1/offers'
const tell = 'POST /api/customers/cus_1/responses'

describe('OffersToMake', () => {
  it('asks once for the call centre and notes the answer by key', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    await show(<OffersToMake customerId="cus_1" />)
    const card = await screen.findByRole('article', { name: 'winter_sale' })
    card.focus()
    await userEvent.keyboard('r')
    expect(await screen.findByText('The customer rejected')).toBeDefined()
    const told = asked.filter((one) => one.line === tell)
    expect(told.map((one) => one.body)).toEqual([
      { contact_id: 'con_1', kind: 'reject', channel: 'call_center' },
    ])
    expect(asked.filter((one) => one.line === ask)).toHaveLength(1)
  })

  it('notes the answer only once', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    await show(<OffersToMake customerId="cus_1" />)
    await userEvent.click(await screen.findByRole('button', { name: /Accepted/ }))
    await screen.findByText('The customer accepted')
    screen.getByRole('article').focus()
    await userEvent.keyboard('a')
    expect(asked.filter((one) => one.line === tell)).toHaveLength(1)
  })

  it('tells the code, the reasons, and that the customer was told', async () => {
    const proposal = {
      placement: 'agent',
      offer: 'winter_sale',
      version: 1,
      state: 'chosen',
      propensity: 0.2,
      context_weight: 1,
      value_cents: 1500,
      value_from: 'stated',
      stated_value_cents: 1500,
      lever: 2,
      priority: 10,
      explored: false,
      reasons: [],
      control_group: false,
    }
    const answer = decision([{ ...offer, code: 'LAMP-1' }], 'offer')
    const asked = serve({
      [ask]: { ...answer, proposals: [proposal], currency: 'GBP' },
      [tell]: null,
    })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText('LAMP-1')).toBeDefined()
    const why = screen.getByRole('list', { name: 'Why this offer' })
    expect(why.textContent).toContain('preferred at present: 2')
    expect(why.textContent).toContain('£15')
    await userEvent.click(screen.getByRole('button', { name: /Told/ }))
    expect(await screen.findByText('The customer was told')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: /Accepted/ }))
    await screen.findByText('The customer accepted')
    const told = asked.filter((one) => one.line === tell)
    expect(told.map((one) => one.body)).toEqual([
      { contact_id: 'con_1', kind: 'view', channel: 'call_center' },
      { contact_id: 'con_1', kind: 'accept', channel: 'call_center' },
    ])
  })

  it('does not tell who is withheld for comparison', async () => {
    serve({ [ask]: decision([], 'control_group') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText(/Go on with the conversation/)).toBeDefined()
    expect(screen.queryByText('Control group')).toBeNull()
  })

  it('says why there is nothing to offer', async () => {
    serve({ [ask]: decision([], 'policy') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText('Contact policy')).toBeDefined()
  })

  it('copies a coupon that nobody could read out', async () => {
    const coupon = `RPC1.${'eyJrIjoxLCJu'.repeat(18)}`
    const creative = { title: '5 pounds off', text: `Show ${coupon} at the till` }
    serve({ [ask]: decision([{ ...offer, creative, code: coupon }], 'offer') })
    const user = userEvent.setup()
    await show(<OffersToMake customerId="cus_1" />)
    await user.click(await screen.findByRole('button', { name: 'Copy the coupon' }))
    expect(await navigator.clipboard.readText()).toBe(coupon)
    expect(screen.getByText('Show [coupon] at the till')).toBeDefined()
    expect(screen.getByRole('article').textContent).not.toContain(coupon)
  })

  it.each([
    [0.63, 'Likely to accept: about 63 in 100.'],
    [0.2, 'May well accept: about 20 in 100.'],
    [0.11, 'May accept: about 11 in 100.'],
    [0.049, 'Unlikely to accept: about 4.9 in 100.'],
  ])('says of a propensity of %d how likely that is', async (propensity, words) => {
    serve({ [ask]: decision([{ ...offer, propensity }], 'offer') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText(words)).toBeDefined()
  })

  it.each([
    [0, /A guess: no answer is known yet/],
    [1, /A guess: it rests on 1 answer so far/],
    [199, /A guess: it rests on 199 answers so far/],
  ])('says that a propensity resting on %d answers is a guess', async (settled_count, words) => {
    serve({ ...learned(settled_count), [ask]: decision([likely], 'offer') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText(words)).toBeDefined()
  })

  it('says nothing of a propensity that is proven', async () => {
    serve({ ...learned(200), [ask]: decision([likely], 'offer') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText('Likely to accept: about 50 in 100.')).toBeDefined()
  })
})

const likely = { ...offer, propensity: 0.5 }

/** What is learned about the offer in the call centre. */
function learned(settled_count: number) {
  return {
    'GET /api/session': { permissions: ['view_reports'] },
    'GET /api/learning': { learning: { new_offers: { proven_after: 200 } } },
    'GET /api/learning/models': { items: [{ offer: 'winter_sale', settled_count }] },
  }
}

describe('Conversation', () => {
  const said = (id: string, kind: string, body: object) => ({
    id,
    seq: 1,
    kind,
    body,
    side: 'ours',
    title: kind,
    summary: '',
    occurred_at: '2026-03-02T10:00:00Z',
    received_at: '2026-03-02T10:00:00Z',
    source: 'rapport',
    late: false,
  })

  it('holds what was said and nothing that was withheld or tried behind it', async () => {
    const items = [
      said('a', 'contact', { offer: 'shown' }),
      said('b', 'contact', { offer: 'withheld', control: true }),
      said('r', 'contact', { offer: 'ready', status: 'reserved' }),
      said('c', 'decision', { placements: [{ reason: 'control_group', offers: [] }] }),
      said('d', 'event', { event: 'Experiment Viewed', properties: { experiment_id: 'line' } }),
      said('e', 'response', { kind: 'accept', offer: 'withheld', in_control: true }),
    ]
    serve({ 'GET /api/customers/cus_1/timeline': { items } })
    await show(<Conversation customerId="cus_1" />)
    expect(await screen.findByText('Offered: shown')).toBeDefined()
    expect(screen.getAllByRole('listitem')).toHaveLength(1)
  })
})
