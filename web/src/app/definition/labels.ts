import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { placeName } from '../../ui'

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

/** The names of places in the form around. */
export function usePlaceName(): (path: string) => string | undefined {
  const { known } = useContext(LabelsContext)
  return (path) => placeName(known, path)
}
