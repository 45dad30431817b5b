import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { type Overview, overviewQuery } from './learning'
import { OverviewPanel } from './OverviewPanel'
import { RebuildPanel } from './RebuildPanel'
import { StateWord } from './StateWord'

const overview = {
  learning: { algorithm: 'bayesian', exploration: 0.02 },
  strategy: 'shop@4',
  position: 12,
  learned_at: null,
  model_count: 2,
  exploring_count: 0,
  feature_count: 4,
  shown_count: 1_000,
  explored_count: 80,
  forgone: [{ currency: 'GBP', cents: 5_000 }],
  week: { shown_count: 200, explored_count: 10, forgone: [{ currency: 'GBP', cents: 1_240 }] },
  budget: {
    cents: 5_000,
    per: 'day',
    currency: 'GBP',
    since: '2026-03-02T00:00:00Z',
    spent_cents: 1_000,
    used_up: false,
  },
  patience: [],
  // Only what the panel looks at.
} as unknown as Overview

describe('the cost of trying out', () => {
  it('is said in a sentence, with how much of the budget is used', async () => {
    await show(<OverviewPanel overview={overview} />)
    expect(screen.getByText(/5\s?% of the time, which cost about £12\.40/)).toBeTruthy()
    expect(screen.getByText(/It may cost £50\.00 a day; about £10\.00/)).toBeTruthy()
  })

  it('says until when nothing is tried out', async () => {
    const budget = { ...overview.budget, used_up: true } as Overview['budget']
    await show(<OverviewPanel overview={{ ...overview, budget }} />)
    expect(screen.getByText(/Today’s £50.00 for trying out is used up/)).toBeTruthy()
  })
})

describe('learning anew', () => {
  it('is asked about before it begins', async () => {
    const asked = serve({
      'GET /api/learning/rebuild': { newest: null },
      'POST /api/learning/rebuild': {},
    })
    await show(<RebuildPanel />)
    expect(await screen.findByText(/follows from the log/)).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Learn everything anew' }))
    expect(asked.some((one) => one.line.startsWith('POST'))).toBe(false)
    const buttons = await screen.findAllByRole('button', { name: 'Learn everything anew' })
    await userEvent.click(buttons[buttons.length - 1] as HTMLElement)
    expect(asked.map((one) => one.line)).toContain('POST /api/learning/rebuild')
  })

  it('shows how far it is and can be stopped', async () => {
    const newest = {
      state: 'running',
      done_count: 30,
      total_count: 120,
      author: 'Ann',
      created_at: '2026-03-02T00:00:00Z',
      updated_at: '2026-03-02T00:00:00Z',
    }
    serve({ 'GET /api/learning/rebuild': { newest } })
    await show(<RebuildPanel />)
    expect(await screen.findByText(/^25\s?% of the log is learned again/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy()
  })
})

describe('how far a model is', () => {
  const row = { state: 'exploring', settled_count: 0, today_count: 0 }
  const known = (changed: object) =>
    // Only what the word looks at.
    show(<StateWord row={{ ...row, ...changed } as never} />)

  it('is no warning while it explores, and says what is known', async () => {
    const { container } = await known({})
    expect(screen.getByText(/still a guess: no outcome yet/)).toBeTruthy()
    expect(container.querySelector('[class*="warn"]')).toBeNull()
  })

  it('counts outcomes in words', async () => {
    await known({ settled_count: 1.2 })
    expect(screen.getByText(/1 outcome so far/)).toBeTruthy()
  })
})

describe('a server that does not answer', () => {
  const down = () => new Response('{}', { status: 503 })

  it('is asked for the rebuild again on demand', async () => {
    const asked = serve({ 'GET /api/learning/rebuild': down() })
    await show(<RebuildPanel />)
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }))
    expect(asked.filter((one) => one.line === 'GET /api/learning/rebuild').length).toBe(2)
  })

  it('is not asked time and again before it answered once, which would hide that it failed', () => {
    const { refetchInterval } = overviewQuery()
    expect(refetchInterval({ state: {} })).toBe(false)
    expect(refetchInterval({ state: { data: overview } })).toBe(5_000)
  })
})
