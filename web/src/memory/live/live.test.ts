import { describe, expect, it } from 'vitest'
import { addressOf, type LiveItem, next, start, wantedOf } from './live'

const item = (seq: number): LiveItem => ({
  seq,
  customer_id: 'cus_1',
  customer_label: '',
  kind: 'event',
  name: 'Product Viewed',
  source: 'shop',
  occurred_at: '2026-01-01T00:00:00Z',
  received_at: '2026-01-01T00:00:00Z',
  body: {},
})

describe('the tail', () => {
  it('holds back what comes while paused and shows it afterwards', () => {
    const paused = next(next(start, { kind: 'came', item: item(1) }), { kind: 'pause' })
    const later = next(paused, { kind: 'came', item: item(2) })
    expect(later.shown.map((one) => one.seq)).toEqual([1])
    expect(next(later, { kind: 'resume' }).shown.map((one) => one.seq)).toEqual([2, 1])
  })

  it('shows a row once, also after the line broke', () => {
    const twice = next(next(start, { kind: 'came', item: item(1) }), {
      kind: 'came',
      item: item(1),
    })
    expect(twice.shown).toHaveLength(1)
  })

  it('asks for a customer or for part of a name', () => {
    expect(addressOf(wantedOf('src_1', 'cus_7k'))).toBe(
      '/api/events/live?source_id=src_1&customer_id=cus_7k',
    )
    expect(addressOf(wantedOf('', 'order'))).toBe('/api/events/live?name=order')
  })
})
