import { describe, expect, it } from 'vitest'
import { keeps, missing, validity } from './offers'

const now = Date.parse('2026-03-10T00:00:00Z')

describe('offers', () => {
  it('knows whether an offer is valid now, later, no longer, or not for long', () => {
    expect(validity({}, now)).toBe('now')
    expect(validity({ valid_from: '2026-04-01T00:00:00Z' }, now)).toBe('later')
    expect(validity({ valid_until: '2026-03-12T00:00:00Z' }, now)).toBe('ends_soon')
    expect(validity({ valid_until: '2026-03-10T00:00:00Z' }, now)).toBe('ended')
  })

  it('names what is not translated', () => {
    const creatives = [{ channel: 'web', language: 'zh-CN' }]
    expect(missing({ channels: ['web', 'email'], creatives })).toEqual([
      { channel: 'web', language: 'en' },
      { channel: 'email', language: 'en' },
      { channel: 'email', language: 'zh' },
    ])
  })

  it('filters by channel, category and validity', () => {
    const keep = keeps({ channel: 'web', category: 'gift', valid: 'now' }, now)
    expect(keep({ channels: ['web'], category: 'gift' })).toBe(true)
    expect(keep({ channels: ['email'], category: 'gift' })).toBe(false)
    expect(keep({ channels: ['web'], category: 'gift', valid_until: '2026-01-01' })).toBe(false)
  })
})
