import { expect, it } from 'vitest'
import { checks } from './checks'

it('finds pictures without words, a missing way out, languages that lack, and what is too long', () => {
  const html = '<img src="https://example.com/a.png"><a href="https://example.com/">x</a>'
  const found = checks(html, true, ['en'])
  expect(found.map((one) => [one.key, one.good])).toEqual([
    ['size', true],
    ['alt', false],
    ['unsubscribe', false],
    ['languages', false],
  ])
  const fine = checks('<img alt=""><a href="https://example.com/u/abc">x</a>', true, ['en', 'zh'])
  expect(fine.every((one) => one.good)).toBe(true)
  expect(checks('a'.repeat(110_000), false, ['en', 'zh'])[0]?.good).toBe(false)
})
