import i18next, { type TFunction } from 'i18next'
import type definition from '../locales/en/definition.json'

type Code = keyof typeof definition.problem
type Hint = keyof typeof definition.problem_hint
type Values = Record<string, unknown>
/** What the server says of one place, in its own words and by a code. */
export type Told = {
  message: string
  hint?: string | null
  code?: string | null
  values?: Values | null
}

/**
 * A problem in the language of the screen, by its code; where the catalogue does not know it, in
 * the server's own words.
 */
export function problemText<Problem extends Told>(problem: Problem, t = texts()): Problem {
  const { code } = problem
  const values = problem.values ?? {}
  const atEnd = code === 'expected' && !('found' in values)
  const wanted = atEnd ? 'expected_at_end' : code
  if (!code || !i18next.exists(`definition:problem.${wanted}`)) return problem
  const shown = particulars(code, values)
  // The catalogue was just asked whether it knows the code.
  const message = t(`problem.${wanted as Code}`, shown)
  return { ...problem, message, hint: hintOf(t, code, shown) }
}

const texts = () => i18next.getFixedT(null, 'definition')

/** What stands in the sentence, with the words that are translated themselves. */
function particulars(code: string, values: Values): Values {
  const known = (list: string, key: unknown) => {
    const found: unknown = i18next.getResource(i18next.language, 'definition', `${list}.${key}`)
    return typeof found === 'string' ? found : key
  }
  const word = (list: string, key: unknown) => {
    const found: unknown = i18next.getResource(i18next.language, 'words', `${list}.${key}`)
    return typeof found === 'string' ? found : key
  }
  const { channel, expected, what, kind } = values
  const fits = code === 'does_not_fit' || code === 'needs_numbers'
  return {
    ...values,
    channel: channel && word('channel', channel),
    expected: expected && known('wanted', expected),
    what: what && known('named', what),
    kind: kind && (fits ? known('value_kind', kind) : word('definition_kind', kind)),
  }
}

function hintOf(t: TFunction<'definition'>, code: string, values: Values): string | null {
  const told = (['meant', 'example', 'choices', 'event'] as const).find((one) => one in values)
  const hint = told ?? code
  // The catalogue is asked whether it knows the hint.
  const known = i18next.exists(`definition:problem_hint.${hint}`)
  return known ? t(`problem_hint.${hint as Hint}`, values) : null
}
