import { describe, expect, it } from 'vitest'
import { currentItem, items, screens } from './navigation'
import { parseSearch, stringifySearch } from './router'

describe('addresses', () => {
  it('keep numbers as plain text, both ways', () => {
    expect(stringifySearch({ band: '35', q: 'a b', none: undefined })).toBe('?band=35&q=a+b')
    expect(parseSearch('?band=35&q=a+b')).toEqual({ band: '35', q: 'a b' })
  })
})

describe('navigation', () => {
  it('leads to pages that exist, each once', () => {
    const paths = screens.map((screen) => screen.path)
    expect(new Set(paths).size).toBe(paths.length)
    for (const item of items) expect(paths).toContain(item.path)
  })

  it('has no letter twice', () => {
    const letters = items.flatMap((item) => item.letter ?? [])
    expect(new Set(letters).size).toBe(letters.length)
  })

  it('marks the list as current on the page of one of its things', () => {
    expect(currentItem('/customers/cus_1')?.path).toBe('/customers')
    expect(currentItem('/')?.path).toBe('/')
  })
})
