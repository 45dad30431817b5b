import { expect, it } from 'vitest'
import { ranking } from './ranking'

const offer = (key: string, value_cents: number, channels = ['web']) => ({
  key,
  category: key === 'sale' ? 'coupon' : 'gift',
  channels,
  propensity: 0.1,
  value_cents,
  currency: 'GBP',
  nothing: false,
  lever: 1,
})

it('multiplies the levers of offer, category and channel, and says who moved', () => {
  const offers = [offer('sale', 1000), offer('wrap', 700), offer('call', 9000, ['call_center'])]
  const pushed = ranking(offers, 'web', { 'category:gift': 2, 'channel:web': 0.5 }, {})
  expect(pushed).toEqual([
    { key: 'wrap', priority: 70, currency: 'GBP', nothing: false, rank: 1, moved: 1 },
    { key: 'sale', priority: 50, currency: 'GBP', nothing: false, rank: 2, moved: -1 },
  ])
})
