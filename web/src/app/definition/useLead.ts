import { useEffect, useRef, useState } from 'react'
import type { Problem } from '../../api/problem'
import { goTo, goToField } from './form'

/**
 * After something was refused: leads to the first field that is wrong, and where the page has none
 * of them, to what is said above the form, which may be far from where the page is scrolled to.
 */
export function useLead(failure: Problem | null) {
  const said = useRef<HTMLDivElement>(null)
  const [wrong, leadTo] = useState<string[] | null>(null)
  useEffect(() => {
    if (failure) leadTo(pathsOf(failure))
  }, [failure])
  // Only once it is on the page what is wrong.
  useEffect(() => {
    if (wrong && !wrong.some(goToField)) goTo(said.current)
  }, [wrong])
  return { said, leadTo }
}

/** The places that were refused; a key that is taken already is wrong itself. */
function pathsOf(failure: Problem): string[] {
  if (keyTaken(failure)) return ['/key']
  return failure.errors.map((one) => one.path)
}

/** Whether something new was refused because there is one with its key. */
export const keyTaken = (failure: Problem | null) =>
  failure?.status === 428 || failure?.status === 409
