import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import type { Definition } from '../../app/definition'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { SuccessView } from './SuccessView'

const none = {
  presented: 0,
  viewed: 0,
  clicked: 0,
  accepted: 0,
  rejected: 0,
  revenue_cents: 0,
  cost_cents: 0,
  margin_cents: 0,
  withheld: 0,
  accepted_in_control: 0,
  revenue_in_control_cents: 0,
  other_currency: 0,
}
const period = { from: '2026-03-01', until: '2026-03-28', total: none, days: [], channels: {} }

it('says how many acceptances are in no sum because of their currency', async () => {
  const total = { ...none, accepted: 5, revenue_cents: 4_000, other_currency: 2 }
  serve({
    'GET /api/offers/sale/success': {
      offer: 'sale',
      currency: 'GBP',
      as_of: '2026-03-28T10:00:00Z',
      period: { ...period, total },
      before: period,
    },
  })
  // The page only asks for the key.
  await show(<SuccessView definition={{ key: 'sale' } as Definition} />)
  const said = /2 acceptances are counted without amounts .* other currencies than GBP/
  expect(await screen.findByText(said)).toBeDefined()
  expect(screen.getByText('£40.00')).toBeDefined()
})
