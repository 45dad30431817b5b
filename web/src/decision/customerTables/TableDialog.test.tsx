import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { TableDialog } from './TableDialog'

it('asks for what is missing, in words of its own, before it asks the server', async () => {
  const asked = serve({})
  await show(<TableDialog close={() => {}} />)
  await userEvent.click(await screen.findByRole('button', { name: 'Save' }))
  expect(screen.getByText('Give it a name.')).toBeDefined()
  expect(screen.getByText('Give it a key.')).toBeDefined()
  await userEvent.type(screen.getByLabelText(/^Name/), 'Walk')
  expect(screen.queryByText('Give it a name.')).toBeNull()
  expect(screen.queryByText('Give it a key.')).toBeNull()
  expect(screen.getByText('Say who answers for it.')).toBeDefined()
  expect(asked).toEqual([])
})

it('says no more what is wrong with a field that was changed since', async () => {
  const refused = {
    title: 'Not valid',
    status: 422,
    code: 'invalid',
    errors: [
      { path: '/title', message: 'the title is too long' },
      { path: '/owner', message: 'the owner is too long' },
      { path: '/key', message: 'this is not a key' },
    ],
  }
  serve({
    'POST /api/customer_tables': new Response(JSON.stringify(refused), { status: 422 }),
  })
  await show(<TableDialog close={() => {}} />)
  await userEvent.type(await screen.findByLabelText(/^Name/), 'Walk')
  await userEvent.type(screen.getByLabelText(/^Owner/), 'Care')
  const save = screen.getByRole('button', { name: 'Save' })
  await userEvent.click(save)
  expect(await screen.findByText('The title is too long.')).toBeDefined()
  await userEvent.type(screen.getByLabelText(/^Name/), 's')
  expect(screen.queryByText('The title is too long.')).toBeNull()
  expect(screen.queryByText('This is not a key.')).toBeNull()
  expect(screen.getByText('The owner is too long.')).toBeDefined()
  await userEvent.click(save)
  expect(await screen.findByText('The title is too long.')).toBeDefined()
})

it('says in its own words that a key is none', async () => {
  const hint = 'use a to z'
  const wrong = { path: '/key', message: 'no key', code: 'not_a_key', values: { key: 'B' }, hint }
  const refused = { title: 'Not valid', status: 422, code: 'invalid', errors: [wrong] }
  serve({
    'POST /api/customer_tables': new Response(JSON.stringify(refused), { status: 422 }),
  })
  await show(<TableDialog close={() => {}} />)
  await userEvent.type(await screen.findByLabelText(/^Name/), 'Walk')
  await userEvent.type(screen.getByLabelText(/^Owner/), 'Care')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByText(/^“B” is not a key\. Use a to z, 0 to 9 and _/)).toBeDefined()
})
