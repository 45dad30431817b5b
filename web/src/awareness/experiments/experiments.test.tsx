import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'
import { type AnyBody, FormContext } from '../../app/definition'
import { withValueAt } from '../../app/definition/pointer'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import ExperimentsPage from './ExperimentsPage'
import { ResultsView } from './ResultsView'
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

const report = {
  experiment: 'line',
  version: 1,
  as_of: '2026-03-03T10:00:00Z',
  first_at: '2026-03-02T10:00:00Z',
  days: 1,
  verdict: { kind: 'too_early', days_left: 6 },
  sample_ratio: { p_value: 0.4, alarm: false },
  variants: [
    { key: 'a', share: 0.5, customers: 10 },
    { key: 'b', share: 0.5, customers: 10 },
  ],
  primary: {
    metric: { kind: 'revenue' },
    variants: [
      { customers: 10, total: 31_000, value: 3100 },
      { customers: 10, total: 34_000, value: 3400 },
    ],
    comparisons: [
      {
        difference: { value: 300, low: -100, high: 700 },
        relative: { value: 0.0968, low: -0.0323, high: 0.2258 },
        p_value: 0.3,
        explained: 0.93,
      },
    ],
    points: [point('2026-03-03T00:00:00Z')],
    states: [],
  },
  guardrails: [],
  moved: 0,
}

function point(until: string) {
  return { until, customers: [10, 10], differences: [{ value: 300, low: -100, high: 700 }] }
}

function results(changed: object) {
  serve({
    'GET /api/session': { permissions: ['publish'] },
    'GET /api/experiments/line/results': { ...report, ...changed },
    'GET /api/definitions/offer': { items: [definition('offer', 'sale', { currency: 'GBP' })] },
  })
  // Only what the results look at.
  return show(<ResultsView definition={experiment('line') as never} />)
}

describe('the results of an experiment', () => {
  it('are in money and in one form of per cent', async () => {
    await results({})
    expect(await screen.findByText('£31.00')).toBeTruthy()
    expect(screen.getByText('+9.7% (-3.2% to +22.6%)')).toBeTruthy()
    expect(screen.getByText('93%')).toBeTruthy()
  })

  it('draw no curve of one day', async () => {
    await results({})
    expect(await screen.findByText(/begins when two days can be compared/)).toBeTruthy()
    expect(screen.queryByRole('img')).toBeNull()
  })

  it('ask to wait while it is too early', async () => {
    const points = [point('2026-03-03T00:00:00Z'), point('2026-03-04T00:00:00Z')]
    await results({ primary: { ...report.primary, points } })
    expect(await screen.findByRole('img')).toBeTruthy()
    expect(screen.getByText(/wait for the verdict before acting/)).toBeTruthy()
    expect(screen.queryByText(/at any time/)).toBeNull()
  })

  it('offer no variant to roll out before one is better', async () => {
    await results({})
    expect(await screen.findByText('No variant has been shown to be better.')).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Roll out' })).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'Roll out all the same …' }))
    expect(screen.queryByRole('button', { name: 'Roll out' })).toBeNull()
    await userEvent.selectOptions(screen.getByLabelText('Variant'), 'b')
    expect(screen.getByRole('button', { name: 'Roll out' })).toBeTruthy()
  })

  it('have the winner at hand', async () => {
    const { difference, relative } = report.primary.comparisons[0] ?? {}
    await results({ verdict: { kind: 'better', variant: 'b', difference, relative } })
    expect(await screen.findByRole('button', { name: 'Roll out' })).toBeTruthy()
    expect(screen.getByLabelText<HTMLSelectElement>('Variant').value).toBe('b')
  })
})
