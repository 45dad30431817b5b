import { describe, expect, it } from 'vitest'
import { valueAt, withValueAt } from './pointer'

const offer = { name: { en: 'Sale' }, creatives: [{ title: 'a' }, { title: 'b' }] }

describe('pointer', () => {
  it('reads members, places of lists and escaped names', () => {
    expect(valueAt(offer, '')).toBe(offer)
    expect(valueAt(offer, '/creatives/1/title')).toBe('b')
    expect(valueAt({ 'a/b': { '~': 1 } }, '/a~1b/~0')).toBe(1)
    expect(valueAt(offer, '/nothing/here')).toBeUndefined()
  })

  it('replaces, adds and removes without touching the original', () => {
    expect(withValueAt(offer, '/name/zh', '促销').name).toEqual({ en: 'Sale', zh: '促销' })
    expect(withValueAt(offer, '/creatives/0', undefined).creatives).toEqual([{ title: 'b' }])
    expect(withValueAt(offer, '/creatives/2', { title: 'c' }).creatives).toHaveLength(3)
    expect(withValueAt(offer, '/suppress/after_views', 5)).toHaveProperty('suppress.after_views', 5)
    expect(offer.creatives).toHaveLength(2)
  })
})
