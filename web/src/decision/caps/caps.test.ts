import { expect, it } from 'vitest'
import { currencyOf, shares } from './caps'

it('tells what is used, promised and allowed by now', () => {
  const usage = { taken: 60, held: 20, allowed: 75, at_most: 100 }
  expect(shares(usage)).toEqual({ used: 40, held: 20, allowed: 75 })
  expect(shares({ taken: 120, held: 0, allowed: 100, at_most: 100 }).used).toBe(100)
  expect(shares({ taken: 0, held: 0, allowed: 0, at_most: 0 })).toEqual({
    used: 0,
    held: 0,
    allowed: 0,
  })
})

it('knows the currency of a budget from the offers that it counts', () => {
  const offers = [
    { key: 'bag', category: 'bags', currency: 'EUR' },
    { key: 'hat', category: 'hats', currency: 'USD' },
    { key: 'cap', category: 'hats', currency: 'USD' },
  ]
  expect(currencyOf({ offers: ['bag'], categories: [] }, offers)).toBe('EUR')
  expect(currencyOf({ offers: [], categories: ['hats'] }, offers)).toBe('USD')
  expect(currencyOf({ offers: [], categories: [] }, offers)).toBeUndefined()
  expect(currencyOf({ offers: ['gone'], categories: [] }, offers)).toBeUndefined()
})
