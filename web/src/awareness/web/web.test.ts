import { change, readOnly, readQuestion, writeOnly } from './web'

test('chosen values survive the address, whatever is in them', () => {
  const only = [
    { dimension: 'page' as const, value: '/a:b?c=d' },
    { dimension: 'channel' as const, value: 'email' },
  ]
  expect(readOnly(writeOnly(only))).toEqual(only)
  expect(readOnly('nonsense:1\npage:/x')).toEqual([{ dimension: 'page', value: '/x' }])
})

test('an address without anything asks for the last month and the one before', () => {
  const question = readQuestion({})
  expect(question.period).toEqual({ days: 30 })
  expect(question.compare).toBe('previous')
  expect(readQuestion({ days: 'x', compare: 'none' }).compare).toBeUndefined()
})

test('a change needs something before', () => {
  expect(change(3, 2)).toBeCloseTo(0.5)
  expect(change(3, 0)).toBeNull()
  expect(change(3, undefined)).toBeNull()
})
