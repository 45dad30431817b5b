import { screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { speak } from '../locales/i18n'
import { show } from '../testing/render'
import { serve } from '../testing/server'
import { contactStanding, type TimelineItem, useItemSummary, useItemTitle } from './timelineWords'

function item(kind: TimelineItem['kind'], body: Record<string, unknown>): TimelineItem {
  return {
    id: 'row_1',
    seq: 1,
    occurred_at: '2026-03-02T10:00:00Z',
    received_at: '2026-03-02T10:00:00Z',
    side: 'theirs',
    kind,
    title: 'As the server says',
    summary: 'As the server sums up',
    late: false,
    source: 'shop',
    body,
  }
}

function Line({ of }: { of: TimelineItem }) {
  const title = useItemTitle()
  const summary = useItemSummary()
  return <p>{`${title(of)} | ${summary(of)}`}</p>
}

const order = item('event', {
  event: 'Order Completed',
  properties: { order_id: '7', total: 38.2, currency: 'GBP', products: [{ name: 'Lamp' }, {}] },
})

it('knows usual categories in the language of the screen', async () => {
  await speak('zh-CN')
  await show(<Line of={item('contact', { offer: 'sale', category: 'accessories' })} />)
  expect(screen.getByText(/配饰/)).toBeDefined()
  await speak('en')
})

describe('the words of a timeline', () => {
  it.each([
    [order, 'Order completed | Lamp · £38.20 · order 7'],
    [item('event', { event: 'Our Own' }), 'Our Own | As the server sums up'],
    [
      item('event', {
        event: 'Product Viewed',
        properties: { name: 'Lamp', price: 0.42, currency: 'GBP' },
      }),
      'Product viewed | Lamp · £0.42',
    ],
    [
      item('event', {
        event: 'Experiment Viewed',
        properties: { experiment_id: 'line', variation_id: 'b', phase: 'holdout' },
      }),
      'Met a variant of an experiment | line · variant b · in the holdout',
    ],
    [item('contact', { offer: 'sale', placement: 'home' }), 'Offered: sale | home'],
    [item('contact', { offer: 'sale', category: 'our_own' }), 'Offered: sale | Our own'],
    [
      item('contact', { offer: 'sale', placement: 'home', control: true }),
      'Not offered: sale | home',
    ],
    [
      item('response', { kind: 'accept', offer: 'sale', inferred: true, credit: 0.5 }),
      'Accepted: sale | inferred from a purchase · 50% of the credit',
    ],
    [
      item('response', {
        kind: 'custom',
        name: 'redeemed',
        offer: 'sale',
        channel: 'point_of_sale',
        note: 'till-1',
      }),
      'Redeemed: sale | at the till till-1',
    ],
    [item('response', { kind: 'custom', name: 'called_back', note: 'soon' }), 'Called back | soon'],
    [
      item('consent', { channel: 'email', state: 'denied', purpose: 'marketing', source: 'shop' }),
      'E-mail: Denied | Marketing · shop',
    ],
    [item('merge', { merged: 'cus_2', reason: 'login' }), 'Merged | cus_2 · signed in'],
  ])('say what happened', async (of, words) => {
    serve({})
    await show(<Line of={of} />)
    expect(screen.getByText(words)).toBeDefined()
  })

  it('are Chinese where the screen is', async () => {
    serve({})
    await speak('zh-CN')
    await show(<Line of={order} />)
    expect(screen.getByText('完成订单 | Lamp · £38.20 · 订单 7')).toBeDefined()
    await speak('en')
  })
})

describe('contactStanding', () => {
  it('speaks up where a contact is not simply presented', () => {
    expect(contactStanding(item('contact', { status: 'presented' }))).toBeUndefined()
    expect(contactStanding(item('contact', { status: 'reserved' }))?.word).toBe('reserved')
    expect(contactStanding(item('contact', { control: true }))?.word).toBe('control')
    expect(contactStanding(item('event', {}))).toBeUndefined()
  })
})
