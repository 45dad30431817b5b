import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { WouldShowPanel } from './WouldShowPanel'

it('shows what a customer would get with a sample in the place of the code', async () => {
  const creative = { language: 'en', title: 'Show {{ offer.code }} for {{ offer.attributes.off }}' }
  serve({
    'GET /api/session': { permissions: ['view_customers'] },
    'GET /api/customers': { items: [{ customer_id: 'cus_1', label: 'Ann', identifiers: [] }] },
    'GET /api/customers/cus_1/offers': {
      placements: [
        { placement: 'home', offers: [{ offer: 'sale', creative, attributes: { off: '10 %' } }] },
      ],
    },
  })
  // Only what the panel looks at.
  const definition = { key: 'home', published_version: 1 } as never
  await show(<WouldShowPanel definition={definition} channel="web" />)
  expect(await screen.findByText('Show CODE for 10 %')).toBeDefined()
})
