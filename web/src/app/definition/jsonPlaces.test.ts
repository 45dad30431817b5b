import { expect, it } from 'vitest'
import { lineOf, linesOf } from './jsonPlaces'

it('finds the line of a place, or of what is around it', () => {
  const body = { name: { en: 'a "b"' }, steps: [{ id: 'x' }, { id: 'y', 'a/b': [] }] }
  const lines = linesOf(JSON.stringify(body, null, 2))
  expect(lineOf(lines, '/name/en')).toBe(3)
  expect(lineOf(lines, '/steps/1/id')).toBe(10)
  expect(lineOf(lines, '/steps/1/a~1b')).toBe(11)
  expect(lineOf(lines, '/steps/0/next')).toBe(6)
  expect(lineOf(lines, '/nothing')).toBe(1)
  expect(linesOf('{"a":')).toEqual(new Map())
})
