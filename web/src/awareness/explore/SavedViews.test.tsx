import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { SavedViews } from './SavedViews'

it('says in words what is wrong with a view that is to be saved', async () => {
  const errors = [
    {
      path: '/search',
      message: 'the view is too long',
      code: 'too_long',
      values: { most: 16_000 },
    },
  ]
  const document = { title: '', status: 422, code: 'invalid_body', errors }
  serve({
    'GET /api/session': { permissions: ['view_customers'] },
    'GET /api/saved-views': [],
    'POST /api/saved-views': new Response(JSON.stringify(document), { status: 422 }),
  })
  const user = userEvent.setup()
  await show(<SavedViews page="explore" path="/explore" />)
  await user.click(await screen.findByRole('button', { name: /Saved views/ }))
  await user.click(await screen.findByRole('menuitem', { name: 'Save this view' }))
  await user.type(await screen.findByRole('textbox', { name: /Name/ }), 'All')
  await user.click(screen.getByRole('button', { name: 'Save this view' }))
  const told = (await screen.findByRole('alert')).textContent
  expect(told).toContain('QuestionIt is too long: at most 16000 characters.')
})
