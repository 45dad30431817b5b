import { afterEach, expect, it } from 'vitest'
import type { components } from '../api/schema.gen'
import en from '../locales/en/definition.json'
import { speak } from '../locales/i18n'
import zh from '../locales/zh/definition.json'
import { fieldErrors } from './fieldErrors'
import { problemText, type Told } from './problemText'

const told = (problem: Told) => {
  const { message, hint } = problemText<Told>(problem)
  return hint ? `${message} ${hint}` : message
}

const empty = { message: 'the name is empty', hint: 'give a name', code: 'empty' }
const unknown = {
  message: 'unknown property "discount"',
  hint: 'nothing matches it so far',
  code: 'unknown_name',
  values: { what: 'property', name: 'discount' },
}
const expected = {
  message: 'expected a number, found the end of the text',
  code: 'expected',
  values: { expected: 'a number', example: '> 50' },
}

afterEach(async () => {
  await speak('en')
})

it('tells a problem in the language of the screen', async () => {
  expect(told(empty)).toBe('Nothing is given. Fill it in, or choose something.')
  expect(told(expected)).toBe('Expected a number, but the text ends here. For example: > 50')
  await speak('zh-CN')
  expect(told(empty)).toBe('尚未填写。 请填写或选择。')
  expect(fieldErrors({ errors: [{ path: '/name', ...empty }] })('/name')).toBe(
    '尚未填写。 请填写或选择。',
  )
  expect(told(unknown)).toContain('未知的事件属性“discount”。')
  expect(told({ ...expected, values: { ...expected.values, found: 'x' } })).toBe(
    '此处应为一个数字，却是“x”。 例如：> 50',
  )
})

it('leaves what stands in an example as it is', async () => {
  await speak('zh-CN')
  const example = '<a href="{{ links.unsubscribe }}">'
  const { message, hint } = problemText<Told>({
    message: '',
    code: 'no_unsubscribe',
    values: { example },
  })
  expect([message, hint]).toEqual(['营销邮件需要退订链接。', `例如：${example}`])
})

it('leaves what the catalogue does not know in the words of the server', async () => {
  await speak('zh-CN')
  expect(told({ message: 'odd', hint: 'even' })).toBe('odd even')
  expect(told({ message: 'odd', code: 'of_a_newer_server' })).toBe('odd')
})

it('knows every code of the server in both languages', () => {
  type Known = Record<components['schemas']['ProblemCode'], string>
  const known = [en.problem, zh.problem] satisfies Known[]
  expect(known.map((one) => Object.keys(one).sort())).toEqual(
    [en, en].map((one) => Object.keys(one.problem).sort()),
  )
})
