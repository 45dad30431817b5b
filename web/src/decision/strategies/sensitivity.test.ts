import { expect, it } from 'vitest'
import { contextOf } from './sensitivity'

it('reads circumstances as people type them', () => {
  expect(contextOf('weather=rain, skill = 3 ,\nvip=true, a=b=c, =x, y=')).toEqual({
    weather: 'rain',
    skill: 3,
    vip: true,
    a: 'b=c',
  })
  expect(contextOf('')).toEqual({})
})
