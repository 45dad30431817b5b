import type { Period } from './PeriodField'

/** Where the reader is, as the browser says. */
export const readersZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

/** How far the clocks of a zone are ahead of UTC at a moment, in milliseconds. */
function ahead(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return shown - Math.floor(at / 1_000) * 1_000
}

/** The moment at which a day, written `2026-03-29`, begins in a zone. */
export function startOfDay(day: string, zone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  // The second look is for days on which the clocks are changed.
  const near = midnight - ahead(midnight, zone)
  return new Date(midnight - ahead(near, zone)).toISOString()
}

/** The day of a moment in a zone. */
export function dayOf(moment: string, zone: string): string {
  const at = Date.parse(moment)
  return new Date(at + ahead(at, zone)).toISOString().slice(0, 10)
}

/** The same days in another zone. */
export function inZone(period: Period | undefined, from: string, to: string): Period | undefined {
  const moved = (moment: string | null | undefined) =>
    moment ? startOfDay(dayOf(moment, from), to) : moment
  return period && { ...period, from: moved(period.from), until: moved(period.until) }
}
