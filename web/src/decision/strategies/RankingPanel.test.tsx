import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { type AnyBody, FormContext } from '../../app/definition'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { RankingPanel } from './RankingPanel'

const offer = {
  kind: 'offer',
  key: 'sale',
  published_version: 1,
  body: {
    name: { en: 'Sale' },
    channels: ['web'],
    propensity: 0.12,
    value_cents: 900,
    currency: 'GBP',
    lever: 1,
  },
}

const retired = {
  ...offer,
  key: 'gone',
  state: 'retired',
  body: { ...offer.body, name: { en: 'Gone' } },
}

const effect = { treated: 500, control: 100, value_cents: 300, nothing: false }
const worths = {
  in_use: true,
  groups: [
    { key: 'sure', name: { en: 'Sure buyers' } },
    { key: 'others', name: {} },
  ],
  offers: [
    {
      offer: 'sale',
      stated_cents: 900,
      currency: 'GBP',
      effects: [{ ...effect, value_cents: 0, nothing: true }, effect],
    },
  ],
}

function panel(body: AnyBody) {
  serve({
    'GET /api/session': { permissions: ['view_reports', 'view_definitions'] },
    'GET /api/definitions/offer': { items: [offer, retired] },
    'GET /api/offer_worths': worths,
    'GET /api/learning': { learning: { algorithm: 'bayesian' } },
    'GET /api/learning/models': { items: [{ offer: 'sale', settled_count: 10, rate: 0.5 }] },
  })
  const form = { body, set: () => undefined, problems: [], hold: () => undefined, readOnly: false }
  return show(
    <FormContext value={form}>
      <RankingPanel saved={{}} />
    </FormContext>,
  )
}

it('ranks by what was learned, in money', async () => {
  await panel({ learning: { algorithm: 'bayesian' } })
  expect(await screen.findByText('£4.50')).toBeDefined()
  expect(screen.getByText(/as it was learned so far/)).toBeDefined()
  expect(screen.getAllByRole('listitem')).toHaveLength(1)
})

it('ranks by what would not have come without the contact, where decisions go by that', async () => {
  await panel({ value: 'incremental', learning: { algorithm: 'bayesian' } })
  // Half of 300, where the offer states 900.
  expect(await screen.findByText('£1.50')).toBeDefined()
  expect(screen.getByText(/control groups give evidence/)).toBeDefined()
  const group = screen.getByLabelText('For customers of the group')
  await userEvent.selectOptions(group, 'Sure buyers')
  expect(screen.getByText('earns nothing, so it is not made')).toBeDefined()
})

it('ranks by estimates where nothing is learned', async () => {
  await panel({ learning: { algorithm: 'fixed' } })
  expect(await screen.findByText('£1.08')).toBeDefined()
  expect(screen.getByText(/the marketers’ estimates/)).toBeDefined()
})
