import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
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

  it('says why there is nothing to offer', async () => {
    serve({ [ask]: decision([], 'control_group') })
    await show(<OffersToMake customerId="cus_1" />)
    expect(await screen.findByText('Control group')).toBeDefined()
  })
})
