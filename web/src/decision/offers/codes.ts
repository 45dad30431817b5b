import { type Answer, useChange } from '../../api/query'

export const codesPath = '/api/offers/{key}/codes'

export type CodeStock = Answer<'get', typeof codesPath>

const refresh = { refresh: [codesPath, '/api/today'] as const }

export const useAddCodes = () => useChange('post', codesPath, { refresh: [...refresh.refresh] })

export const useWithdrawCodes = () =>
  useChange('delete', codesPath, { refresh: [...refresh.refresh] })

/** The most codes that one call takes. */
const batch = 50_000

export type CodeLine = { line: number; code: string }

/** What a text or a file holds: codes to add, those that are there twice, and what is no code. */
export type ReadCodes = { codes: CodeLine[]; twice: CodeLine[]; wrong: CodeLine[] }

/**
 * Reads a text or a file with one column: codes stand between line ends, commas and semicolons.
 * What is no code is told as it was written.
 */
export function codesIn(text: string): ReadCodes {
  const read: ReadCodes = { codes: [], twice: [], wrong: [] }
  const known = new Set<string>()
  const parts = text.split(/\r\n?|\n/).flatMap((line, place) =>
    line
      .split(/[,;]/)
      .map((part) => part.replace(/^[\s"]+|[\s"]+$/g, ''))
      .filter((part) => part !== '')
      .map((part) => ({ line: place + 1, part })),
  )
  for (const [place, { line, part }] of parts.entries()) {
    const code = part.toUpperCase()
    if (place === 0 && code === 'CODE') continue
    if (!/^[A-Z0-9_-]{4,64}$/.test(code)) read.wrong.push({ line, code: part })
    else if (known.has(code)) read.twice.push({ line, code })
    else read.codes.push({ line, code })
    known.add(code)
  }
  return read
}

/** The codes in parts, each as large as a call may be. */
export function batches(codes: CodeLine[]): CodeLine[][] {
  const parts: CodeLine[][] = []
  for (let from = 0; from < codes.length; from += batch) parts.push(codes.slice(from, from + batch))
  return parts
}

/** The line of the text that the server speaks of (`/codes/2`), when it speaks of one. */
export function lineOf(path: string, sent: CodeLine[]): number | undefined {
  const place = /^\/codes\/(\d+)$/.exec(path)?.[1]
  return place === undefined ? undefined : sent[Number(place)]?.line
}
