import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { CodesView } from './CodesView'

it('counts each code once: what was redeemed is no longer with customers', async () => {
  const numbers = { free: 10, reserved: 0, shown: 5, withdrawn: 0, redeemed: 2 }
  serve({
    'GET /api/offers/bag/codes': {
      offer: 'bag',
      kind: 'pool',
      warn_below: 1,
      low: false,
      ...numbers,
    },
    'GET /api/offers/bag/double-redemptions': [],
  })
  // Only what the view looks at.
  await show(<CodesView definition={{ key: 'bag' } as never} />)
  const label = await screen.findByText('With customers')
  expect(label.parentElement?.textContent).toContain('3')
  expect(screen.getAllByText('2')).toHaveLength(1)
})
