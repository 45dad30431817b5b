import { describe, expect, it } from 'vitest'
import { changesOf, requestOf, searchOf, textOf } from './request'

const now = Date.parse('2026-03-10T12:00:00Z')

describe('the address of a simulation', () => {
  it('names definitions with their versions', () => {
    const text = 'offer:winter_sale@4,policy:standard@-,strategy:main'
    const changes = changesOf(text)
    expect(changes).toEqual([
      { kind: 'offer', key: 'winter_sale', version: 4 },
      { kind: 'policy', key: 'standard', without: true },
      { kind: 'strategy', key: 'main' },
    ])
    expect(textOf(changes)).toBe(text)
    expect(changesOf('journey:x@1,offer:UP,nonsense')).toEqual([])
  })

  it('asks for the last thirty days unless it says otherwise', () => {
    const { on, tries } = requestOf({ a: 'offer:sale@2' }, now)
    if (!('recorded' in on)) throw new Error('not recorded')
    const length = Date.parse(on.recorded.until) - Date.parse(on.recorded.from)
    expect(Math.round(length / 86_400_000)).toBe(31)
    expect(tries).toHaveLength(1)
  })

  it('leads back to the same question', () => {
    for (const search of [
      {
        a: 'offer:sale@2',
        b: 'strategy:main@3',
        name: 'Sale',
        on: 'recorded',
        from: '2026-01-01',
        until: '2026-01-31',
        measure: 'value',
        days: '14',
        know: 'as_of_then',
        placements: 'home,cart',
        channel: 'web',
      },
      {
        a: 'offer:sale@2',
        on: 'population',
        placements: 'home',
        criteria: '{"attribute":"country","equals":"DE"}',
      },
    ]) {
      expect(searchOf(requestOf(search, now))).toEqual(search)
    }
  })
})
