import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { TableDialog } from './TableDialog'

it('says no more what is wrong with a field that was changed since', async () => {
  const refused = {
    title: 'Not valid',
    status: 422,
    code: 'invalid',
    errors: [
      { path: '/title', message: 'the title is empty' },
      { path: '/owner', message: 'the owner is empty' },
      { path: '/key', message: '"" is not a key' },
    ],
  }
  serve({
    'POST /api/customer_tables': new Response(JSON.stringify(refused), { status: 422 }),
  })
  await show(<TableDialog close={() => {}} />)
  const save = await screen.findByRole('button', { name: 'Save' })
  await userEvent.click(save)
  expect(await screen.findByText('The title is empty.')).toBeDefined()
  await userEvent.type(screen.getByLabelText(/^Name/), 'Walk')
  expect(screen.queryByText('The title is empty.')).toBeNull()
  expect(screen.queryByText('"" is not a key.')).toBeNull()
  expect(screen.getByText('The owner is empty.')).toBeDefined()
  await userEvent.click(save)
  expect(await screen.findByText('The title is empty.')).toBeDefined()
})
