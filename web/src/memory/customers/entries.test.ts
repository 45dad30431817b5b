import { describe, expect, it } from 'vitest'
import type { TimelineItem } from './customers'
import { entriesOf } from './entries'

function item(id: string, title: string, occurred_at: string): TimelineItem {
  return {
    id,
    seq: 1,
    occurred_at,
    received_at: occurred_at,
    side: 'theirs',
    kind: 'event',
    title,
    summary: '',
    late: false,
    source: 'shop',
    body: {},
  }
}

describe('entriesOf', () => {
  it('heads each day once and joins alike things that follow each other closely', () => {
    const entries = entriesOf([
      item('5', 'Product Viewed', '2026-03-02T10:20:00'),
      item('4', 'Product Viewed', '2026-03-02T10:10:00'),
      item('3', 'Product Added', '2026-03-02T10:05:00'),
      item('2', 'Product Viewed', '2026-03-02T10:00:00'),
      item('1', 'Product Viewed', '2026-03-01T10:00:00'),
    ])
    const shape = entries.map((one) => (one.kind === 'day' ? 'day' : one.items.map((i) => i.id)))
    expect(shape).toEqual(['day', ['5', '4'], ['3'], ['2'], 'day', ['1']])
  })

  it('keeps alike things apart when half an hour lies between them', () => {
    const entries = entriesOf([
      item('2', 'Product Viewed', '2026-03-02T11:00:00'),
      item('1', 'Product Viewed', '2026-03-02T10:00:00'),
    ])
    expect(entries.filter((one) => one.kind === 'items')).toHaveLength(2)
  })
})
