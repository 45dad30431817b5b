/** The operators that the form of a condition has. */
export const operators = [
  'equals',
  'not_equals',
  'contains',
  'greater',
  'at_least',
  'less',
  'at_most',
  'exists',
] as const
export type Operator = (typeof operators)[number]

/** A value as somebody typed it: a number where it is one and the operator wants one. */
export function typedValue(operator: Operator, text: string): unknown {
  if (operator === 'exists') return true
  const number = Number(text)
  const numeric = text.trim() !== '' && Number.isFinite(number)
  if (['greater', 'at_least', 'less', 'at_most'].includes(operator)) return numeric ? number : 0
  if (operator === 'contains') return text
  if (text === 'true' || text === 'false') return text === 'true'
  return numeric ? number : text
}

/** The operator of a condition, where the form can show all that it says; else null. */
export function operatorOf(test: Record<string, unknown>): Operator | null {
  const said = Object.keys(test).filter((key) => key !== 'property')
  const operator = operators.find((one) => one === said[0])
  if (said.length !== 1 || !operator) return null
  const value = test[operator]
  if (operator === 'exists') return value === true ? operator : null
  return typeof value === 'object' ? null : operator
}

/** A condition that the form cannot show, as it is written. */
export function written(test: Record<string, unknown>): string {
  const { property, ...rest } = test
  const parts = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
  return [String(property ?? ''), ...parts].join(' ')
}
