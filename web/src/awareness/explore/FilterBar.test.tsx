import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { FilterBar } from './FilterBar'

const vip = { segment: 'vip' }
const told = { criteria: vip, text: 'segment = "vip"', text_zh: '', problems: [], notices: [] }
const words = {
  attributes: [],
  events: [],
  channels: [],
  purposes: [],
  offers: [],
  placements: [],
  segments: [{ key: 'vip', name: { en: 'Important' } }],
  scores: [],
}

let last: unknown

function Bench() {
  const [rule, setRule] = useState<unknown>()
  last = rule
  return <FilterBar value={rule} onChange={setRule} />
}

it('is built from conditions, changed by its chip and taken away', async () => {
  serve({ 'GET /api/vocabulary': words, 'POST /api/criteria/check': told })
  const user = userEvent.setup()
  await show(<Bench />)
  await user.click(screen.getByRole('button', { name: 'Add a filter' }))
  const apply = screen.getByRole('button', { name: 'Apply' })
  expect(apply).toHaveProperty('disabled', true)
  await user.click(screen.getByRole('button', { name: 'Add a condition' }))
  await user.click(await screen.findByRole('menuitem', { name: /Another segment/ }))
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Segment' }), 'Important')
  await user.click(apply)
  await waitFor(() => expect(last).toEqual(vip))
  await user.click(screen.getByRole('button', { name: 'segment = "vip"' }))
  expect(screen.getByRole('button', { name: 'Apply' })).toHaveProperty('disabled', false)
  await user.click(screen.getByRole('button', { name: 'Cancel' }))
  await user.click(screen.getByRole('button', { name: /^Remove the filter/ }))
  expect(last).toBeUndefined()
})

it('says what is wrong with a filter and keeps it open', async () => {
  const wrong = {
    path: '/segment',
    message: 'unknown segment "vip"',
    hint: 'did you mean "vips"?',
    code: 'unknown_name',
    values: { what: 'segment', name: 'vip', meant: 'vips' },
  }
  serve({
    'GET /api/vocabulary': words,
    'POST /api/criteria/check': { criteria: null, problems: [wrong], notices: [] },
  })
  const user = userEvent.setup()
  await show(<Bench />)
  await user.click(screen.getByRole('button', { name: 'Add a filter' }))
  await user.click(screen.getByRole('button', { name: 'Add a condition' }))
  await user.click(await screen.findByRole('menuitem', { name: /Another segment/ }))
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Segment' }), 'Important')
  await user.click(screen.getByRole('button', { name: 'Apply' }))
  const told = (await screen.findAllByRole('alert')).map((one) => one.textContent)
  expect(told).toContain('Unknown segment “vip”. Did you mean “vips”?')
  expect(last).toBeUndefined()
})
