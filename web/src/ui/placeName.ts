/**
 * What the place of a JSON pointer is called in a form: its field, in the parts around it. What
 * the form has no name for is left out; of a place of which it has none at all, nothing is told.
 */
export function placeName(known: Record<string, string>, path: string): string | undefined {
  const names = placesAround(path).flatMap((place) => known[place] ?? [])
  // A part with one field is often called like it.
  const told = names.filter((name, at) => name !== names[at - 1])
  return told.length > 0 ? told.join(' › ') : undefined
}

/** The places on the way to one, which is the last of them. */
export function placesAround(path: string): string[] {
  const steps = path.split('/')
  return steps.map((_, at) => steps.slice(0, at + 1).join('/')).slice(1)
}
