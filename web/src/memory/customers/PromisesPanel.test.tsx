import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { speak } from '../../locales/i18n'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { PromisesPanel } from './PromisesPanel'

const promise = {
  contact_id: 'con_1',
  treatment_code: 'A1',
  offer: 'store_voucher',
  version: 1,
  published_version: 1,
  variant: null,
  channel: 'web',
  made_at: '2026-03-01T10:00:00Z',
  honoured_until: '2026-03-15T10:00:00Z',
  state: 'redeemed',
  recall: null,
  code: 'CODE-1',
  redeemed: {
    redemption_id: 'r1',
    till: 'till-1',
    redeemed_at: '2026-03-02T10:00:00Z',
    received_at: '2026-03-02T10:00:00Z',
  },
  creative: null,
  attributes: {},
}

it.each([
  ['en', 'Redeemed', /Redeemed at the till till-1/],
  ['zh-CN', '已兑换', /已在收银台 till-1 兑换/],
] as const)('says in %s that and where a code was redeemed', async (language, state, where) => {
  await speak(language)
  serve({ 'GET /api/customers/cus_1/promises': [promise] })
  await show(<PromisesPanel customerId="cus_1" />)
  expect(await screen.findByText(state)).toBeDefined()
  expect(screen.getByText(where)).toBeDefined()
  await speak('en')
})

it.each([
  ['en', '2026-03-15T10:00:00Z', /was honoured until Mar 15, 2026/],
  ['en', '2126-03-15T10:00:00Z', /· honoured until Mar 15, 2126/],
  ['zh-CN', '2126-03-15T10:00:00Z', /兑现至 2126年3月15日/],
] as const)('says in %s until when a promise of %s is honoured', async (language, at, words) => {
  await speak(language)
  serve({ 'GET /api/customers/cus_1/promises': [{ ...promise, honoured_until: at }] })
  await show(<PromisesPanel customerId="cus_1" />)
  expect((await screen.findByRole('article')).textContent).toMatch(words)
  await speak('en')
})

it('shortens a coupon, which is copied whole', async () => {
  const coupon = `RPC1.${'eyJrIjoxLCJu'.repeat(18)}`
  const creative = { title: `Show ${coupon}` }
  serve({ 'GET /api/customers/cus_1/promises': [{ ...promise, code: coupon, creative }] })
  const user = userEvent.setup()
  await show(<PromisesPanel customerId="cus_1" />)
  const card = await screen.findByRole('article')
  expect(card.textContent).not.toContain(coupon)
  expect(card.textContent).toContain('Coupon RPC1.eyJ…LCJu')
  expect(card.textContent).toContain('Show [coupon]')
  await user.click(screen.getByRole('button', { name: 'Copy the coupon' }))
  expect(await navigator.clipboard.readText()).toBe(coupon)
})
