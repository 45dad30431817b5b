import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import UserMenu from '../../app/UserMenu'
import { show } from '../../testing/render'
import { type Asked, serve } from '../../testing/server'
import { Conversation } from './Conversation'
import { OffersToMake } from './OffersToMake'
import { undoMs } from './useNotes'

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

const sentTo = (asked: Asked[]) => asked.filter((one) => one.line === tell).map((one) => one.body)
const said = (kind: string) => ({ contact_id: 'con_1', kind, channel: 'call_center' })

describe('What the agent notes', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 1 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const user = userEvent.setup({ advanceTimers: (ms) => vi.advanceTimersByTime(ms) })
  const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
  const card = async () => {
    const found = await screen.findByRole('article', { name: 'winter_sale' })
    found.focus()
  }

  it('is sent after some seconds, within which it can be taken back by key', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    await show(<OffersToMake customerId="cus_1" />)
    await card()
    await user.keyboard('r')
    expect(screen.getByText('The customer rejected')).toBeDefined()
    await wait(undoMs - 1000)
    expect(sentTo(asked)).toEqual([])
    await user.keyboard('u')
    expect(screen.queryByText('The customer rejected')).toBeNull()
    await wait(undoMs)
    expect(sentTo(asked)).toEqual([])
    await user.keyboard('a')
    await wait(undoMs)
    expect(sentTo(asked)).toEqual([said('accept')])
    expect(screen.queryByRole('button', { name: /Undo/ })).toBeNull()
  })

  it('is taken back by the button, and what was told before stays', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    await show(<OffersToMake customerId="cus_1" />)
    await card()
    await user.keyboard('ta')
    await user.click(screen.getByRole('button', { name: /Undo/ }))
    expect(screen.getByText('The customer was told')).toBeDefined()
    await wait(undoMs)
    expect(sentTo(asked)).toEqual([said('view')])
  })

  it.each<[string, (shown: Awaited<ReturnType<typeof show>>) => unknown]>([
    ['another customer is opened', ({ unmount }) => unmount()],
    ['the page is closed', () => fireEvent(window, new Event('pagehide'))],
    [
      'another offer is asked for',
      () => user.click(screen.getByRole('button', { name: 'Ask again' })),
    ],
  ])('is sent at once when %s', async (_, leave) => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    const shown = await show(<OffersToMake customerId="cus_1" />)
    await card()
    await user.keyboard('a')
    await leave(shown)
    await wait(10)
    expect(sentTo(asked)).toEqual([said('accept')])
    await wait(undoMs)
    expect(sentTo(asked)).toHaveLength(1)
  })

  it('is sent before one signs out', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    const at = '2026-03-02T10:00:00Z'
    const me = {
      id: 'usr_1',
      name: 'Ann',
      email: 'ann@example.com',
      role: 'agent' as const,
      disabled: false,
      created_at: at,
      updated_at: at,
    }
    await show(
      <>
        <UserMenu user={me} openShortcuts={() => {}} />
        <OffersToMake customerId="cus_1" />
      </>,
    )
    await card()
    await user.keyboard('a')
    await user.click(screen.getByRole('button', { name: /Ann/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
    await wait(10)
    const lines = asked.map((one) => one.line)
    expect(lines.filter((one) => one === tell)).toHaveLength(1)
    expect(lines.indexOf(tell)).toBeLessThan(lines.indexOf('DELETE /api/session'))
  })

  it('is not noted by the letter that goes to a page', async () => {
    serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    await show(<OffersToMake customerId="cus_1" />)
    await card()
    await user.keyboard('ga')
    expect(screen.queryByText('The customer accepted')).toBeNull()
  })

  it('can be noted again when it could not be sent', async () => {
    serve({ [ask]: decision([offer], 'offer') })
    await show(<OffersToMake customerId="cus_1" />)
    await card()
    await user.keyboard('a')
    await wait(undoMs)
    expect(screen.getByRole('alert')).toBeDefined()
    expect(screen.getByRole('button', { name: /Accepted/ })).toBeDefined()
  })
})

describe('OffersToMake', () => {
  it('asks once for the call centre', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer') })
    await show(<OffersToMake customerId="cus_1" />)
    await screen.findByRole('article', { name: 'winter_sale' })
    expect(asked.filter((one) => one.line === ask)).toHaveLength(1)
  })

  it('notes the answer only once', async () => {
    const asked = serve({ [ask]: decision([offer], 'offer'), [tell]: null })
    const { unmount } = await show(<OffersToMake customerId="cus_1" />)
    await userEvent.click(await screen.findByRole('button', { name: /Accepted/ }))
    await screen.findByText('The customer accepted')
    await userEvent.keyboard('a')
    unmount()
    await waitFor(() => expect(sentTo(asked)).toHaveLength(1))
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
    const { unmount } = await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText('LAMP-1')).toBeDefined()
    const why = screen.getByRole('list', { name: 'Why this offer' })
    expect(why.textContent).toContain('preferred at present: 2')
    expect(why.textContent).toContain('£15')
    await userEvent.click(screen.getByRole('button', { name: /Told/ }))
    expect(await screen.findByText('The customer was told')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: /Accepted/ }))
    await screen.findByText('The customer accepted')
    unmount()
    await waitFor(() => expect(sentTo(asked)).toEqual([said('view'), said('accept')]))
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
  const item = (id: string, kind: string, body: object) => ({
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
      item('a', 'contact', { offer: 'shown' }),
      item('b', 'contact', { offer: 'withheld', control: true }),
      item('r', 'contact', { offer: 'ready', status: 'reserved' }),
      item('c', 'decision', { placements: [{ reason: 'control_group', offers: [] }] }),
      item('d', 'event', { event: 'Experiment Viewed', properties: { experiment_id: 'line' } }),
      item('e', 'response', { kind: 'accept', offer: 'withheld', in_control: true }),
    ]
    serve({ 'GET /api/customers/cus_1/timeline': { items } })
    await show(<Conversation customerId="cus_1" />)
    expect(await screen.findByText('Offered: shown')).toBeDefined()
    expect(screen.getAllByRole('listitem')).toHaveLength(1)
  })
})
