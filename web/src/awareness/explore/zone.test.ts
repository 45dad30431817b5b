import { expect, it } from 'vitest'
import { dayOf, inZone, startOfDay } from './zone'

it.each([
  ['2026-01-05', 'UTC', '2026-01-05T00:00:00.000Z'],
  ['2026-01-05', 'Asia/Shanghai', '2026-01-04T16:00:00.000Z'],
  ['2026-07-05', 'Europe/London', '2026-07-04T23:00:00.000Z'],
  // The days on which the clocks are put forward and back.
  ['2026-03-29', 'Europe/London', '2026-03-29T00:00:00.000Z'],
  ['2026-03-30', 'Europe/London', '2026-03-29T23:00:00.000Z'],
  ['2026-10-25', 'Europe/London', '2026-10-24T23:00:00.000Z'],
  ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z'],
])('%s begins in %s at %s', (day, zone, moment) => {
  expect(startOfDay(day, zone)).toBe(moment)
  expect(dayOf(moment, zone)).toBe(day)
})

it('keeps the days of a period in another zone', () => {
  const period = { from: '2026-01-05T00:00:00Z', until: undefined }
  expect(inZone(period, 'UTC', 'Asia/Shanghai')?.from).toBe('2026-01-04T16:00:00.000Z')
  expect(inZone({ days: 7 }, 'UTC', 'Asia/Shanghai')).toEqual({ days: 7 })
})
