import { call } from '../../api/query'

/** The rule of a group of a split: in its segment, and in none before it; the last is in none. */
export function groupRule(segments: string[], place: number): Record<string, unknown> {
  const earlier = segments.slice(0, place).map((segment) => ({ segment }))
  const not = earlier.length > 0 ? [{ not: { any: earlier } }] : []
  const own = segments[place] ? [{ segment: segments[place] }] : []
  return { all: [...own, ...not] }
}

/** The same order with one segment moved up (-1) or down (1). */
export function moved(segments: string[], place: number, by: -1 | 1): string[] {
  const order = [...segments]
  const [one] = order.splice(place, 1)
  if (one !== undefined) order.splice(Math.max(0, place + by), 0, one)
  return order
}

/** Saves a group as the draft of a segment; its key. */
export async function saveGroup(name: string, segments: string[], place: number): Promise<string> {
  const group = segments[place] ?? 'rest'
  const key = `${group.slice(0, 40)}_of_${Date.now().toString(36)}`
  const body = { name: { en: name }, criteria: groupRule(segments, place) }
  const path = { kind: 'segment', key }
  await call('put', '/api/definitions/{kind}/{key}', { path, body: { body, note: '' } })
  return key
}
