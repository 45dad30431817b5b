import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'
import { type AnyBody, FormContext } from '../../app/definition'
import { withValueAt } from '../../app/definition/pointer'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import ExperimentsPage from './ExperimentsPage'
import { VariantFields } from './VariantFields'

const definition = (kind: string, key: string, body: AnyBody) => ({
  kind,
  key,
  version: 1,
  latest_version: 1,
  published_version: 1,
  state: 'published',
  title: key,
  body,
  hash: 'h',
  author: 'Ann',
  note: '',
  created_at: '2026-03-01T10:00:00Z',
})

const experiment = (key: string) =>
  definition('experiment', key, {
    name: { en: key },
    subject: { kind: 'offers' },
    variants: [{ key: 'a' }, { key: 'b' }],
    metric: { kind: 'revenue' },
  })

describe('the list of experiments', () => {
  it('asks once for all verdicts', async () => {
    const asked = serve({
      'GET /api/definitions/experiment': { items: ['one', 'two'].map(experiment) },
      'GET /api/experiments': {
        items: [
          { experiment: 'one', version: 1, verdict: { kind: 'nobody' }, holdout: false },
          { experiment: 'two', version: 1, verdict: { kind: 'same' }, holdout: false },
        ],
      },
    })
    await show(<ExperimentsPage />)
    expect(await screen.findByText('No difference worth finding')).toBeTruthy()
    expect(screen.getByText('Nobody has met a variant yet')).toBeTruthy()
    expect(asked.filter((one) => one.line === 'GET /api/experiments')).toHaveLength(1)
    expect(asked.some((one) => one.line.includes('results'))).toBe(false)
  })
})

function Form({ begin, changed }: { begin: AnyBody; changed: (body: AnyBody) => void }) {
  const [body, setBody] = useState(begin)
  const set = (path: string, value: unknown) =>
    setBody((before) => {
      const next = withValueAt(before, path, value)
      changed(next)
      return next
    })
  const form = { body, set, problems: [], hold: () => undefined, readOnly: false }
  return (
    <FormContext value={form}>
      <VariantFields />
    </FormContext>
  )
}

describe('a variant of a strategy', () => {
  it('is made without JSON', async () => {
    serve({
      'GET /api/definitions/strategy': {
        items: [definition('strategy', 'shop', { name: { en: 'Shop' }, context_weights: [] })],
      },
    })
    let last: AnyBody = {}
    const begin = {
      subject: { kind: 'strategy', key: 'shop' },
      variants: [{ key: 'a', share: 1, change: {} }],
    }
    await show(<Form begin={begin} changed={(body) => (last = body)} />)
    expect(screen.getByText('All levers are those of the strategy.')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: /Add a lever/ }))
    await userEvent.selectOptions(
      screen.getByLabelText('What an acceptance is worth'),
      'incremental',
    )
    await userEvent.click(screen.getByRole('button', { name: 'Vary them' }))
    const [variant] = last.variants as AnyBody[]
    expect(variant?.change).toEqual({
      levers: { 'channel:web': 1 },
      value: 'incremental',
      context_weights: [],
    })
  })
})
