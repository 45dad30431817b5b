import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { sessionQuery } from '../../api/session'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { ConsentPanel } from './ConsentPanel'
import CustomersPage from './CustomersPage'
import { MergeDialog } from './MergeDialog'
import { OffersNowPanel } from './OffersNowPanel'

const session = { user: {}, permissions: ['record_responses', 'view_decisions'], csrf_token: 'x' }

describe('CustomersPage', () => {
  const row = {
    customer_id: 'cus_1',
    label: 'Ada Okafor',
    standing: 'known',
    name: 'Ada Okafor',
    email: 'ada@example.com',
    identifiers: [{ kind: 'user_id', value: '12340', since: '2026-01-01T00:00:00Z' }],
    first_seen_at: '2026-01-01T00:00:00Z',
    last_seen_at: '2026-01-02T00:00:00Z',
  }

  it('lists customers by name and says what identifies them', async () => {
    serve({ 'GET /api/customers': { items: [row], next_cursor: null } })
    await show(<CustomersPage />)
    expect(await screen.findByRole('link', { name: 'Ada Okafor' })).toBeDefined()
    expect(screen.getByText('User id: 12340')).toBeDefined()
  })

  it('searches after a pause and keeps the search in the address', async () => {
    const asked = serve({ 'GET /api/customers': { items: [], next_cursor: null } })
    const { router } = await show(<CustomersPage />)
    await userEvent.type(screen.getByRole('searchbox'), 'ada')
    expect(await screen.findByText('No customer matches “ada”.')).toBeDefined()
    expect(router.state.location.search).toEqual({ q: 'ada' })
    expect(asked.map((one) => one.query.q)).toEqual([undefined, 'ada'])
  })
})

describe('ConsentPanel', () => {
  it('shows consent that ran out as expired and records a new one', async () => {
    const asked = serve({
      'GET /api/session': session,
      'POST /api/customers/cus_1/consents': null,
    })
    const { queries } = await show(
      <ConsentPanel
        customerId="cus_1"
        consents={[
          {
            channel: 'email',
            purpose: 'marketing',
            state: 'granted',
            source: 'shop',
            occurred_at: '2020-01-01T00:00:00Z',
            expires_at: '2021-01-01T00:00:00Z',
            allows: false,
          },
        ]}
      />,
    )
    await queries.fetchQuery(sessionQuery)
    expect(screen.getByText('Expired')).toBeDefined()
    await userEvent.click(await screen.findByRole('button', { name: /Change: E-mail/ }))
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByLabelText('What was said'), 'on the phone')
    await userEvent.type(within(dialog).getByLabelText('Valid until'), '2031-01-31')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    expect(asked.find((one) => one.line.startsWith('POST'))?.body).toEqual({
      channel: 'email',
      purpose: 'marketing',
      state: 'granted',
      source: 'user',
      proof: 'on the phone',
      expires_at: new Date('2031-01-31T23:59:59.999').toISOString(),
    })
  })
})

describe('OffersNowPanel', () => {
  it('names what it would offer and why not the others', async () => {
    const proposal = {
      placement: 'home',
      version: 1,
      propensity: 0.1,
      context_weight: 1,
      value_cents: 1000,
      lever: 1,
      priority: 100,
      control_group: false,
    }
    serve({
      'GET /api/session': session,
      'GET /api/customers/cus_1/offers': {
        currency: 'GBP',
        placements: [
          { placement: 'home', reason: 'offer', offers: [{ offer: 'sale', creative: {} }] },
        ],
        proposals: [
          { ...proposal, offer: 'sale', state: 'chosen', reasons: [] },
          { ...proposal, offer: 'old', state: 'rejected', reasons: [{ code: 'expired' }] },
        ],
      },
    })
    await show(<OffersNowPanel customerId="cus_1" />)
    expect(await screen.findByText('sale')).toBeDefined()
    expect(screen.getByText('10% likely × £10.00 × context 1 × lever 1')).toBeDefined()
    expect(screen.getByText('No longer valid')).toBeDefined()
  })
})

describe('MergeDialog', () => {
  it('says what is wrong with the other record in words', async () => {
    const errors = [{ path: '/other_customer_id', message: 'this is nobody' }]
    const document = { title: '', status: 422, code: 'invalid_body', errors }
    const row = { customer_id: 'cus_2', label: 'Bea', identifiers: [] }
    serve({
      'GET /api/customers': { items: [row] },
      'POST /api/customers/cus_1/merges': new Response(JSON.stringify(document), { status: 422 }),
    })
    await show(<MergeDialog customerId="cus_1" close={() => {}} />)
    await userEvent.type(screen.getByRole('searchbox'), 'bea')
    await userEvent.click(await screen.findByRole('radio', { name: 'Bea' }))
    await userEvent.click(screen.getByRole('button', { name: 'Merge the two' }))
    const told = (await screen.findByRole('alert')).textContent
    expect(told).toContain('The other recordThis is nobody.')
    expect(told).not.toContain('/other')
  })
})
