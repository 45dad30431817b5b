import { screen } from '@testing-library/react'
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
