import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'

type Labels = {
  /** What the fields of the form are called, by JSON pointer. */
  known: Record<string, string>
  tell: (path: string, label: string) => void
}

export const LabelsContext = createContext<Labels>({ known: {}, tell: () => {} })

/** Keeps what the fields of a form say they are called, also while they are not on the screen. */
export function useLabels(): Labels {
  const [known, setKnown] = useState<Record<string, string>>({})
  const tell = useCallback(
    (path: string, label: string) =>
      setKnown((before) => (before[path] === label ? before : { ...before, [path]: label })),
    [],
  )
  return useMemo(() => ({ known, tell }), [known, tell])
}

/** Says what a field, or a part of the form, is called. */
export function useFieldLabel(path: string, label: string): void {
  const { tell } = useContext(LabelsContext)
  useEffect(() => tell(path, label), [tell, path, label])
}

/**
 * What the place of a JSON pointer is called in the form: its field, in the parts around it. What
 * the form has no name for is left out; of a place of which it has none at all, nothing is told.
 */
export function placeName(known: Record<string, string>, path: string): string | undefined {
  const steps = path.split('/')
  const around = steps.map((_, at) => steps.slice(0, at + 1).join('/')).slice(1)
  const names = around.flatMap((place) => known[place] ?? [])
  // A part with one field is often called like it.
  const told = names.filter((name, at) => name !== names[at - 1])
  return told.length > 0 ? told.join(' › ') : undefined
}

/** The names of places in the form around. */
export function usePlaceName(): (path: string) => string | undefined {
  const { known } = useContext(LabelsContext)
  return (path) => placeName(known, path)
}
