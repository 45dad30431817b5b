import { expect, it } from 'vitest'
import type { Definition } from './definitions'
import { uses } from './uses'

const definition = (kind: string, body: unknown, published_version: number | null = 1) =>
  ({ kind, key: 'x', body, published_version }) as Definition // As much of it as is looked at.

it('knows which definitions in use name another one', () => {
  const steps = [
    { kind: 'decide', placement: 'home' },
    { kind: 'message', template: 'cart' },
  ]
  const journey = definition('journey', { steps })
  expect(uses(journey, 'placement', 'home')).toBe(true)
  expect(uses(journey, 'template', 'cart')).toBe(true)
  expect(uses(journey, 'template', 'home')).toBe(false)
  expect(uses(definition('journey', { steps }, null), 'placement', 'home')).toBe(false)
  const creatives = [{ template: 'cart' }]
  const offer = definition('offer', { template: 'discount', placements: ['home'], creatives })
  expect(uses(offer, 'offer_template', 'discount')).toBe(true)
  expect(uses(offer, 'template', 'discount')).toBe(false)
  expect(uses(offer, 'template', 'cart')).toBe(true)
  expect(uses(offer, 'placement', 'home')).toBe(true)
})
