import { expect, it } from 'vitest'
import { batches, codesIn, lineOf } from './codes'

it('names what is there twice and what is no code by its line', () => {
  const read = codesIn('code\nSPRING-1\nspring-2, SPRING-3\n\nSpring-1\nabc\n春天来了吧\n')
  expect(read.codes).toEqual([
    { line: 2, code: 'SPRING-1' },
    { line: 3, code: 'SPRING-2' },
    { line: 3, code: 'SPRING-3' },
  ])
  expect(read.twice).toEqual([{ line: 5, code: 'SPRING-1' }])
  expect(read.wrong).toEqual([
    { line: 6, code: 'abc' },
    { line: 7, code: '春天来了吧' },
  ])
  expect(lineOf('/codes/1', read.codes)).toBe(3)
  expect(lineOf('/codes', read.codes)).toBeUndefined()
})

it('takes no part of a line for a code', () => {
  const read = codesIn('"SPRING-1"; spring-2 ;\r\nbad code\n"not one" , SPRING-3\n')
  expect(read.codes.map((one) => one.code)).toEqual(['SPRING-1', 'SPRING-2', 'SPRING-3'])
  expect(read.wrong).toEqual([
    { line: 2, code: 'bad code' },
    { line: 3, code: 'not one' },
  ])
})

it('sends no more in a call than the server takes', () => {
  const many = Array.from({ length: 120_000 }, (_, place) => ({
    line: place,
    code: `CODE-${place}`,
  }))
  expect(batches(many).map((part) => part.length)).toEqual([50_000, 50_000, 20_000])
  expect(batches([])).toEqual([])
})
