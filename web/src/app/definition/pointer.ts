/** Parts of a JSON pointer (RFC 6901); the empty pointer is the whole. */
export function segments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A name as a part of a pointer. */
export const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')

function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)]
  if (value === null || typeof value !== 'object') return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}

/** The value at a place, `undefined` where there is none. */
export function valueAt(whole: unknown, pointer: string): unknown {
  return segments(pointer).reduce(member, whole)
}

function replaced(value: unknown, path: string[], next: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return next
  const inner = replaced(member(value, name), rest, next)
  if (Array.isArray(value)) {
    const place = Number(name)
    if (inner === undefined) return value.filter((_, at) => at !== place)
    return place < value.length
      ? value.map((one, at) => (at === place ? inner : one))
      : [...value, inner]
  }
  const members = value !== null && typeof value === 'object' ? { ...value } : {}
  // A removed member goes; the order of the others stays, so that differences stay small.
  if (inner !== undefined) return { ...members, [name]: inner }
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))
}

/** A copy in which the place has another value; `undefined` removes it. */
export function withValueAt<Whole>(whole: Whole, pointer: string, next: unknown): Whole {
  // The cast holds as far as the caller keeps to the shape; the server checks every body.
  return replaced(whole, segments(pointer), next) as Whole
}
