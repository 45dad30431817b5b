import { dateOf } from '../../ui'
import type { Change, NewSimulation } from './simulations'

/** What the address of a new simulation holds, as the address has it. */
export type Search = Record<string, string | undefined>

const kinds = ['offer', 'placement', 'policy', 'strategy']
const day = 86_400_000

/** `offer:winter_sale@4,policy:standard@-`: each definition with its version, or without it. */
export function changesOf(text: string | undefined): Change[] {
  return (text ?? '').split(',').flatMap((part): Change[] => {
    const [, kind, key, version] = /^([a-z_]+):([a-z][a-z0-9_]*)(?:@(\d+|-))?$/.exec(part) ?? []
    if (!kind || !key || !kinds.includes(kind)) return []
    if (version === '-') return [{ kind, key, without: true }]
    return [{ kind, key, ...(version ? { version: Number(version) } : {}) }]
  })
}

export function textOf(changes: Change[]): string {
  const version = ({ without, version }: Change) => (without ? '@-' : version ? `@${version}` : '')
  return changes.map((one) => `${one.kind}:${one.key}${version(one)}`).join(',')
}

export const listOf = (text: string | undefined): string[] =>
  (text ?? '').split(',').filter(Boolean)

/** A date of the form as an instant of the browser's calendar. */
const instant = (date: string, plus = 0) =>
  new Date(Date.parse(`${date}T00:00:00`) + plus).toISOString()

/** The days of a form that says nothing: the last thirty. */
export function defaults(now: number) {
  return { from: dateOf(now - 30 * day), until: dateOf(now) }
}

function criteriaOf(text: string | undefined): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is asked for by an address. */
export function requestOf(search: Search, now: number): NewSimulation {
  const tries = [{ name: 'A', changes: changesOf(search.a) }]
  if (search.b !== undefined) tries.push({ name: 'B', changes: changesOf(search.b) })
  const name = search.name ?? ''
  const placements = listOf(search.placements)
  if (search.on === 'population') {
    const criteria = criteriaOf(search.criteria)
    return {
      name,
      tries,
      on: {
        population: {
          placements,
          // The server reads and checks the rule.
          ...(criteria ? { criteria: criteria as never } : {}),
        },
      },
    }
  }
  const { from, until } = { ...defaults(now), ...search }
  return {
    name,
    tries,
    on: {
      recorded: {
        from: instant(from),
        until: instant(until, day),
        measure: (search.measure as 'accept' | undefined) ?? 'accept',
        response_days: Number(search.days ?? 7),
        customers: (search.know as 'as_recorded' | undefined) ?? 'as_recorded',
        ...(placements.length > 0 ? { placements } : {}),
        ...(search.channel ? { channel: search.channel as 'web' } : {}),
      },
    },
  }
}

/** The address by which the same is asked again. */
export function searchOf(request: NewSimulation): Record<string, string> {
  const [a, b] = request.tries
  const common = {
    ...(request.name ? { name: request.name } : {}),
    a: textOf(a?.changes ?? []),
    ...(b ? { b: textOf(b.changes ?? []) || 'none' } : {}),
  }
  if ('population' in request.on) {
    const { placements, criteria } = request.on.population
    return {
      ...common,
      on: 'population',
      placements: placements.join(','),
      ...(criteria ? { criteria: JSON.stringify(criteria) } : {}),
    }
  }
  const { recorded } = request.on
  return {
    ...common,
    on: 'recorded',
    from: dateOf(Date.parse(recorded.from)),
    until: dateOf(Date.parse(recorded.until) - day),
    measure: recorded.measure ?? 'accept',
    days: String(recorded.response_days ?? 7),
    know: recorded.customers ?? 'as_recorded',
    ...(recorded.placements ? { placements: recorded.placements.join(',') } : {}),
    ...(recorded.channel ? { channel: recorded.channel } : {}),
  }
}
