import type { Kind } from './tables'

export type Row = Record<string, string>

/** A column that every row needs: one that names the customer, the offer, or the score. */
export type Column = 'customer' | 'offer' | 'score'

const names = ['customer_id', 'user_id', 'email', 'loyalty_card', 'phone', 'anonymous_id']

/** The columns without which no row can be used, where none of the rows has them. */
export function missingColumns(kind: Kind, rows: Row[]): Column[] {
  const has = (name: string) => rows.some((row) => name in row)
  const missing: Column[] = []
  if (!names.some(has)) missing.push('customer')
  if (!has('offer')) missing.push('offer')
  if (kind === 'scores' && !has('score')) missing.push('score')
  return missing
}

/** The lines of a CSV text (RFC 4180): quoted cells, doubled quotes, line breaks within them. */
function cells(text: string): string[][] {
  const lines: string[][] = []
  let line: string[] = []
  let cell = ''
  let quoted = false
  const end = () => {
    line.push(cell.trim())
    cell = ''
  }
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (sign === '"' && cell.trim() === '') {
      cell = ''
      quoted = true
    } else if (sign === ',' || sign === ';') end()
    else if (sign === '\n') {
      end()
      lines.push(line)
      line = []
    } else if (sign !== '\r') cell += sign
  }
  end()
  lines.push(line)
  return lines.filter((one) => one.some((text) => text !== ''))
}

/** The rows of a file: CSV with a line of headings, or a JSON list of objects. */
export function rowsOf(name: string, text: string): Row[] {
  if (/\.json$/i.test(name) || text.trimStart().startsWith('[')) {
    const parsed: unknown = JSON.parse(text)
    if (!Array.isArray(parsed)) throw new SyntaxError('a list')
    return parsed.map((one) => {
      const fields = Object.entries(one ?? {}).filter(([, value]) => value !== null)
      return Object.fromEntries(fields.map(([key, value]) => [key, String(value)]))
    })
  }
  const [headings = [], ...lines] = cells(text.replace(/^\ufeff/, ''))
  return lines.map((line) => {
    const named = headings.map((heading, place): [string, string] => [heading, line[place] ?? ''])
    return Object.fromEntries(named.filter(([, value]) => value !== ''))
  })
}
