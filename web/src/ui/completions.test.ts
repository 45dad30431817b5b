import { expect, it } from 'vitest'
import { completions } from './completions'

const words = [
  { name: 'category', values: ['hats', 'warm coats'] },
  { name: 'tags', values: ['spring'] },
]
const labels = (before: string) => completions(before, words).options.map((one) => one.label)

it('offers names where one begins', () => {
  expect(completions('cat', words)).toMatchObject({ from: 0, options: [{ apply: 'category' }, {}] })
  expect(completions('tags contains "spring" and c', words).from).toBe(27)
  expect(completions('', words)).toMatchObject({ begun: false, options: [{}, {}] })
})

it('offers the values of what was named last, within quotation marks', () => {
  expect(completions('category is "ha', words)).toEqual({
    from: 13,
    options: [
      { label: 'hats', apply: 'hats"' },
      { label: 'warm coats', apply: 'warm coats"' },
    ],
    begun: true,
  })
  expect(labels('category is one of ("tags", "')).toEqual(['hats', 'warm coats'])
  expect(labels('category is "hats" and tags contains "')).toEqual(['spring'])
  expect(labels('colour is "')).toEqual([])
})
