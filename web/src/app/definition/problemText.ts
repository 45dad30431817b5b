import type { i18n as I18n, TFunction } from 'i18next'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type definition from '../../locales/en/definition.json'
import type { FieldProblem } from './definitions'

type Code = keyof typeof definition.problem
type Hint = keyof typeof definition.problem_hint
type Told = Pick<FieldProblem, 'message' | 'hint' | 'code' | 'values'>
type Values = Record<string, unknown>

/**
 * A problem in the language of the screen, by its code; where the catalogue does not know it, in
 * the server's own words.
 */
export function useProblemText(): <Problem extends Told>(problem: Problem) => Problem {
  const { t, i18n } = useTranslation('definition')
  return useCallback(
    (problem) => {
      const { code } = problem
      const values = problem.values ?? {}
      const atEnd = code === 'expected' && !('found' in values)
      const wanted = atEnd ? 'expected_at_end' : code
      if (!code || !i18n.exists(`definition:problem.${wanted}`)) return problem
      const shown = particulars(i18n, code, values)
      const hint = hintOf(t, i18n, code, shown)
      // The catalogue was just asked whether it knows the code.
      return { ...problem, message: t(`problem.${wanted as Code}`, shown), hint }
    },
    [t, i18n],
  )
}

/** What stands in the sentence, with the words that are translated themselves. */
function particulars(i18n: I18n, code: string, values: Values): Values {
  const known = (list: string, key: unknown) => {
    const found: unknown = i18n.getResource(i18n.language, 'definition', `${list}.${key}`)
    return typeof found === 'string' ? found : key
  }
  const word = (list: string, key: unknown) => {
    const found: unknown = i18n.getResource(i18n.language, 'words', `${list}.${key}`)
    return typeof found === 'string' ? found : key
  }
  const { channel, expected, what, kind } = values
  const fits = code === 'does_not_fit'
  return {
    ...values,
    channel: channel && word('channel', channel),
    expected: expected && known('wanted', expected),
    what: what && known('named', what),
    kind: kind && (fits ? known('value_kind', kind) : word('definition_kind', kind)),
  }
}

function hintOf(t: TFunction<'definition'>, i18n: I18n, code: string, values: Values) {
  const told = (['meant', 'example', 'choices', 'event'] as const).find((one) => one in values)
  const hint = told ?? code
  const known = i18n.exists(`definition:problem_hint.${hint}`)
  // The catalogue was just asked whether it knows the hint.
  return known ? t(`problem_hint.${hint as Hint}`, values) : null
}
