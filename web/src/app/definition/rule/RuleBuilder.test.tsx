import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it } from 'vitest'
import { show } from '../../../testing/render'
import { serve } from '../../../testing/server'
import { RuleFiguresContext } from './counts'
import { RuleBuilder } from './RuleBuilder'
import type { Rule } from './rule'

const words = {
  attributes: [
    {
      key: 'country',
      kind: 'text',
      description: 'Where they live.',
      personal: false,
      fill_rate: 0.4,
      values: ['France', 'Spain'],
    },
  ],
  events: [],
  channels: ['email'],
  purposes: ['marketing'],
  offers: [],
  placements: [],
  segments: [{ key: 'vip', name: { en: 'Important' } }],
  scores: [],
}

let last: Rule = {}

function Bench({ first }: { first: Rule }) {
  const [rule, setRule] = useState(first)
  last = rule
  const figures = {
    at: new Map([['/all/0', { count: 40, left: 40 }]]),
    population: 100,
    stale: false,
  }
  return (
    <RuleFiguresContext value={figures}>
      <RuleBuilder rule={rule} set={setRule} />
    </RuleFiguresContext>
  )
}

describe('the builder of rules', () => {
  beforeEach(() => {
    serve({
      'GET /api/vocabulary': words,
      'POST /api/criteria/check': {
        criteria: {},
        text: 'segment = "vip"',
        text_zh: '属于细分“vip”',
        problems: [],
        notices: [],
      },
    })
  })

  it('says a condition as a sentence, with how many are left after it', async () => {
    await show(<Bench first={{ all: [{ segment: 'vip' }] }} />)
    expect(await screen.findByText(/segment = "vip"/i)).toBeTruthy()
    expect(screen.getByText('40 customers alone, 40 left after it')).toBeTruthy()
  })

  it('adds a condition and fills it in without typing code', async () => {
    const user = userEvent.setup()
    await show(<Bench first={{ all: [] }} />)
    await user.click(screen.getByRole('button', { name: 'Add a condition' }))
    await user.click(await screen.findByRole('menuitem', { name: /Attribute/ }))
    await user.type(await screen.findByRole('combobox', { name: 'Attribute' }), 'country')
    await user.type(screen.getByRole('combobox', { name: 'Value' }), 'France')
    await waitFor(() => expect(last).toEqual({ all: [{ attribute: 'country', equals: 'France' }] }))
    expect(await screen.findByText(/40% of customers have it/)).toBeTruthy()
  })

  it('turns a group round and a condition too', async () => {
    const user = userEvent.setup()
    await show(<Bench first={{ all: [{ segment: 'vip' }] }} />)
    await user.click(screen.getByRole('radio', { name: 'None of these' }))
    expect(last).toEqual({ not: { any: [{ segment: 'vip' }] } })
    await user.click(await screen.findByRole('button', { name: /^More for/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Turn round (not)' }))
    await waitFor(() => expect(last).toEqual({ not: { any: [{ not: { segment: 'vip' } }] } }))
  })
})
