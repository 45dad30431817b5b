import { spotlight } from '@mantine/spotlight'
import { act, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { sessionQuery } from '../api/session'
import { show } from '../testing/render'
import { serve } from '../testing/server'
import Palette from './Palette'

async function opened(permissions: string[]) {
  serve({
    'GET /api/session': { user: {}, permissions, csrf_token: 'x' },
    'GET /api/customers': { items: [], next_cursor: null },
    'GET /api/customer_tables': { items: [{ key: 'walk', title: 'Walk scores' }] },
  })
  const { queries, router } = await show(<Palette />)
  await queries.fetchQuery(sessionQuery)
  act(() => spotlight.open())
  return { field: await screen.findByRole('textbox'), router }
}

it('finds customer tables by name, and Enter opens the first', async () => {
  const { field, router } = await opened(['view_definitions'])
  await userEvent.type(field, 'walk sc')
  await screen.findByText(/walk sc/i, { selector: 'mark' })
  await userEvent.keyboard('{Enter}')
  expect(router.state.location.pathname).toBe('/customer-tables/walk')
})

it('leads to what a pasted id belongs to, for whoever may see it', async () => {
  const { field, router } = await opened(['view_decisions'])
  await userEvent.type(field, ' dec_nfv')
  await userEvent.click(await screen.findByText('Decisions'))
  expect(router.state.location.pathname).toBe('/decisions/dec_nfv')
})

it('leads nowhere for whoever may not', async () => {
  const { field } = await opened(['view_reports'])
  await userEvent.type(field, 'dec_nfv')
  expect(await screen.findByText('Nothing found')).toBeDefined()
})
