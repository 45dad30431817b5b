import { escaped } from './pointer'

/** The line, counted from 1, at which each value of a JSON text begins, by its pointer. */
export function linesOf(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  let at = 0
  let line = 1
  const blank = () => {
    while (at < text.length && /\s/.test(text[at] ?? '')) {
      if (text[at] === '\n') line += 1
      at += 1
    }
  }
  const string = () => {
    const start = at
    at += 1
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at += 1
    return text.slice(start, at)
  }
  const members = (pointer: string, close: string, read: (place: number) => string) => {
    at += 1
    for (let place = 0; ; place += 1) {
      blank()
      if (at >= text.length || text[at] === close) break
      value(`${pointer}/${read(place)}`)
      blank()
      if (text[at] === ',') at += 1
    }
    at += 1
  }
  const value = (pointer: string) => {
    blank()
    lines.set(pointer, line)
    const start = text[at]
    if (start === '[') members(pointer, ']', String)
    else if (start === '{') {
      members(pointer, '}', () => {
        const name: unknown = JSON.parse(string())
        blank()
        at += 1
        return escaped(String(name))
      })
    } else if (start === '"') string()
    else while (at < text.length && !/[\s,\]}]/.test(text[at] ?? '')) at += 1
  }
  try {
    JSON.parse(text)
    value('')
  } catch {
    // Places are known of valid JSON only; its mistakes are shown by their own message.
  }
  return lines
}

/** The line of a place, or of the nearest place around it that is there. */
export function lineOf(lines: Map<string, number>, pointer: string): number {
  for (let place = pointer; place; place = place.slice(0, place.lastIndexOf('/'))) {
    const line = lines.get(place)
    if (line !== undefined) return line
  }
  return 1
}
