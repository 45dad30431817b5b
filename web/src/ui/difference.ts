export type Difference = { path: string; mine: unknown; theirs: unknown }

function members(value: unknown): [string, unknown][] | null {
  if (value === null || typeof value !== 'object') return null
  return Object.entries(value)
}

/** Every leaf at which two values differ, by JSON pointer. */
export function difference(mine: unknown, theirs: unknown, path = ''): Difference[] {
  const left = members(mine)
  const right = members(theirs)
  if (!left || !right) {
    return Object.is(mine, theirs) ? [] : [{ path: path || '/', mine, theirs }]
  }
  const ours = new Map(left)
  const other = new Map(right)
  const keys = [...new Set([...ours.keys(), ...other.keys()])]
  return keys.flatMap((key) => difference(ours.get(key), other.get(key), `${path}/${key}`))
}
