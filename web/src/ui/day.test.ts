import { afterEach, expect, it, vi } from 'vitest'
import { dateOf, endOfDay } from './day'

afterEach(() => vi.unstubAllEnvs())

it.each(['America/New_York', 'Asia/Shanghai'])('ends a day as it ends in %s', (zone) => {
  vi.stubEnv('TZ', zone)
  const end = Date.parse(endOfDay('2026-03-29') ?? '')
  expect(dateOf(end)).toBe('2026-03-29')
  expect(dateOf(end + 1)).toBe('2026-03-30')
})

it('knows no end of what is no day', () => {
  expect(['', '2026-13-01', '12026-01-01'].map(endOfDay)).toEqual([undefined, undefined, undefined])
})
