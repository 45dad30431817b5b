import { useState } from 'react'
import { fieldErrors } from './fieldErrors'

type Failure = Parameters<typeof fieldErrors>[0]

/** What the server said of each field, until the field is changed or something else is said. */
export function useFieldErrors(problem: Failure): {
  error: (path: string) => string | undefined
  changed: (...paths: string[]) => void
} {
  const [since, setSince] = useState<{ problem: Failure; paths: string[] }>({ problem, paths: [] })
  const paths = since.problem === problem ? since.paths : []
  const said = fieldErrors(problem)
  return {
    error: (path) => (paths.includes(path) ? undefined : said(path)),
    changed: (...more) => setSince({ problem, paths: [...paths, ...more] }),
  }
}
