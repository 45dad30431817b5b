import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { type AnyBody, type Form, FormContext } from '../../app/definition'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { OfferListForm } from './OfferListForm'

type FieldProblem = Form['problems'][number]

function Writing({ first, problems = [] }: { first: AnyBody; problems?: FieldProblem[] }) {
  const [body, setBody] = useState(first)
  const set = (path: string, value: unknown) =>
    setBody((now) => (path === '' ? Object(value) : { ...now, [path.slice(1)]: value }))
  const form = { body, set, problems, hold: () => {}, readOnly: false }
  return (
    <FormContext value={form}>
      <OfferListForm />
    </FormContext>
  )
}

const rule = { attribute: 'category', equals: 'hats' }
const known = {
  'GET /api/offer-lists/vocabulary': [
    { attribute: 'category', kind: 'text', own: false, values: ['hats'] },
    { attribute: 'size', kind: 'text', own: true, values: ['L'] },
  ],
  'POST /api/offer-lists/preview': {
    offers: [{ key: 'hat', title: 'Hat', category: 'hats', state: 'published' }],
    missing: [],
  },
}

async function insert(name: string) {
  await userEvent.click(screen.getByRole('button', { name: 'Insert a condition' }))
  await userEvent.click(await screen.findByRole('menuitem', { name }))
}

it('asks nothing before there is something in the list, and then shows it', async () => {
  const text = 'category is "hats"'
  const asked = serve({
    ...known,
    'POST /api/offer-lists/check': { criteria: rule, text, problems: [], notices: [] },
  })
  const previews = () => asked.filter((one) => one.line === 'POST /api/offer-lists/preview')
  await show(<Writing first={{ name: { en: '' }, offers: [] }} />)
  expect(await screen.findByText('Choose offers, and they are listed here.')).toBeDefined()
  await userEvent.click(screen.getByText('By rule'))
  expect(await screen.findByText(/There is no rule yet/)).toBeDefined()
  expect(previews()).toEqual([])
  await insert('Is of a category')
  expect(await screen.findByText('hat', { selector: 'a' })).toBeDefined()
  const drafts = asked.filter((one) => one.line === 'POST /api/offer-lists/check')
  expect(drafts[0]?.body).toEqual({ text })
  expect(previews().map((one) => one.body)).toEqual([{ body: { name: { en: '' }, rule } }])
})

it('says that the rule cannot be read yet, and shows no longer what was in it', async () => {
  const answers: Record<string, unknown> = {
    ...known,
    'POST /api/offer-lists/check': { criteria: rule, text: '…', problems: [], notices: [] },
  }
  serve(answers)
  await show(<Writing first={{ name: { en: 'Hats' }, rule }} />)
  expect(await screen.findByText('hat', { selector: 'a' })).toBeDefined()
  answers['POST /api/offer-lists/check'] = { problems: [{ message: 'no' }], notices: [] }
  await insert('Has the attribute size')
  expect(await screen.findByText(/The rule cannot be read yet/)).toBeDefined()
  expect(screen.queryByText('hat', { selector: 'a' })).toBeNull()
})

it('marks the rule where neither a rule nor offers are given', async () => {
  serve(known)
  const problem = { path: '/offers', message: 'fixed or by rule', code: 'fixed_or_by_rule' }
  await show(<Writing first={{ name: { en: 'Hats' } }} problems={[problem]} />)
  const said = await screen.findByText(/A list either names its offers or has a rule\./)
  const field = document.querySelector('[data-path="/offers"]')
  expect(field?.contains(said)).toBe(true)
  expect(field?.contains(screen.getByRole('button', { name: 'Insert a condition' }))).toBe(true)
})
