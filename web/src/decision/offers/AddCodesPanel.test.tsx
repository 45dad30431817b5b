import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { sessionQuery } from '../../api/session'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { AddCodesPanel } from './AddCodesPanel'

const session = { user: {}, permissions: ['edit_offers'], csrf_token: 'x' }
const path = '/api/offers/bag/codes'

it('adds the codes that are good, each once, and says which lines it leaves out', async () => {
  const asked = serve({
    'GET /api/session': session,
    [`POST ${path}`]: { added: 2, known: 0, stock: {} },
  })
  const { queries } = await show(<AddCodesPanel offer="bag" free={0} />)
  await queries.fetchQuery(sessionQuery)
  const field = await screen.findByLabelText('Codes of your own')
  expect(screen.getByRole('button', { name: 'Add 0 codes' })).toHaveProperty('disabled', true)
  await userEvent.type(field, 'GOOD-1{enter}bad code{enter}good-1{enter}GOOD-2')
  expect(screen.getByText(/line 2 \(bad code\)/)).toBeDefined()
  expect(screen.getByText(/line 3 \(GOOD-1\)/)).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'Add 2 codes' }))
  await screen.findByRole('button', { name: 'Add 0 codes' })
  const sent = asked.find((one) => one.line === `POST ${path}`)
  expect(sent?.body).toEqual({ codes: ['GOOD-1', 'GOOD-2'] })
  // What is no code stays, to be corrected.
  expect(field).toHaveProperty('value', 'bad code')
})

it('names the line that the server refuses', async () => {
  const problem = {
    title: 'Not valid',
    status: 422,
    code: 'invalid',
    errors: [{ path: '/codes/1', message: 'this code is taken' }],
  }
  serve({
    'GET /api/session': session,
    [`POST ${path}`]: new Response(JSON.stringify(problem), { status: 422 }),
  })
  const { queries } = await show(<AddCodesPanel offer="bag" free={0} />)
  await queries.fetchQuery(sessionQuery)
  await userEvent.type(await screen.findByLabelText('Codes of your own'), 'AAAA{enter}{enter}BBBB')
  await userEvent.click(screen.getByRole('button', { name: 'Add 2 codes' }))
  expect((await screen.findByRole('alert')).textContent).toContain('line 3This code is taken.')
})
