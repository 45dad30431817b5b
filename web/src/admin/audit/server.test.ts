import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import en from '../../locales/en/audit.json'

const crates = join(__dirname, '../../../../crates')

/** The sources of the program without its tests. */
const sources = readdirSync(crates, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^\w+\/src\/.*\.rs$/.test(file) && !/tests?(_support)?(\.rs|\/)/.test(file))
  .map((file) => readFileSync(join(crates, file), 'utf8'))

const found = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, ...parts]) => parts.map((part) => part ?? ''))

const constants = new Map(
  sources.flatMap((source) =>
    found(source, /const ([A-Z_]+): &str = "(\w+)"/g).map(([name, word]) => [name, word] as const),
  ),
)

/** A word as Rust has it: in quotation marks, or as a constant; nothing for a parameter. */
function wordOf(written: string | undefined): string | undefined {
  return written?.startsWith('"') ? written.slice(1, -1) : constants.get(written ?? '')
}

/** What the parameter stands for: the words that the function is called with in its file. */
function calledWith(source: string, before: string): string[] {
  const name = found(before, /fn (\w+)/g).at(-1)?.[0]
  return found(source, new RegExp(`\\b${name}\\([^;]*?,\\s*"([a-z_]+)",`, 'g')).flat()
}

it('has words for every action that the program writes down, and for no other', () => {
  const actions = sources.flatMap((source) =>
    source.split('Entry::new(').flatMap((rest, place, all) => {
      if (place === 0) return []
      const first = rest.trim().match(/^[\w"]+/)?.[0]
      const word = wordOf(first)
      const words = word ? [word] : calledWith(source, all.slice(0, place).join(''))
      expect(words, `${first} in ${rest.slice(0, 80)}`).not.toEqual([])
      return words
    }),
  )
  expect(Object.keys(en.action).sort()).toEqual([...new Set(actions)].sort())
})

it('has words for every kind of thing that something is done to, and for no other', () => {
  const kinds = sources.flatMap((source) => [
    ...found(source, /Entry::new\(\s*[\w"]+,\s*("\w+")/g).map(([kind]) => wordOf(kind)),
    // Whatever the department authors can be saved, published and retired.
    ...found(source, /: Kind = Kind \{\s*name: ([\w"]+)/g).map(([kind]) => wordOf(kind)),
  ])
  expect(Object.keys(en.kind).sort()).toEqual([...new Set(kinds)].sort())
})
