import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import SqlPage from './SqlPage'

// happy-dom knows no fonts; the field waits for them to grow.
Object.defineProperty(document, 'fonts', { value: new EventTarget() })

it('says of a question that cannot be answered where it is wrong, without a pointer', async () => {
  const problem = {
    path: '/sql',
    message: 'no table nowhere',
    hint: 'ask the tables events …',
    code: 'not_answerable',
    values: { said: 'no table nowhere' },
  }
  const document = { title: '', status: 422, code: 'invalid_body', errors: [problem] }
  serve({ 'POST /api/sql': new Response(JSON.stringify(document), { status: 422 }) })
  await show(<SqlPage />)
  await userEvent.type(screen.getByRole('textbox'), 'SELECT 1')
  await userEvent.click(screen.getByRole('button', { name: 'Run' }))
  const told = (await screen.findByRole('alert')).textContent
  expect(told).toContain('QuestionThis question cannot be answered: no table nowhere.')
  expect(told).not.toContain('/sql')
})
