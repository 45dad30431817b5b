import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import ConflictsPage from './ConflictsPage'

it('says in words that a conflict concerns a whole definition', async () => {
  const conflict = {
    kind: 'offer',
    key: 'sale',
    path: '',
    code: 'offer_without_placement',
    message: 'no placement',
    remedy: 'publish one',
    detail: {},
  }
  serve({ 'GET /api/conflicts': { as_of: '2026-03-01T10:00:00Z', conflicts: [conflict] } })
  await show(<ConflictsPage />)
  expect(await screen.findByText('All of it')).toBeDefined()
  expect(screen.queryByText('/')).toBeNull()
})

it('names the offer that a budget does not cover, and both amounts', async () => {
  const conflict = {
    kind: 'cap',
    key: 'budget',
    path: '/at_most',
    code: 'cap_below_cost',
    message: 'too small',
    remedy: 'raise it',
    detail: { offer: 'sale', cost: 600, at_most: 500, currency: 'GBP' },
  }
  serve({ 'GET /api/conflicts': { as_of: '2026-03-01T10:00:00Z', conflicts: [conflict] } })
  await show(<ConflictsPage />)
  expect(await screen.findByText(/of “sale” costs £6.00, and it allows £5.00/)).toBeDefined()
})
