import { expect, it } from 'vitest'
import type { Definition } from '../../app/definition'
import { onPlacement } from './experiments'

const now = Date.parse('2026-03-02T09:00:00Z')

function experiment(key: string, body: object, state = 'published'): Definition {
  const subject = { kind: 'placement', key: 'home' }
  // Only what is looked at.
  return { key, state, body: { subject, ...body } } as Definition
}

it('names the experiments that run on a placement now', () => {
  const all = [
    experiment('runs', {}),
    experiment('until', { starts_at: '2026-03-01T00:00:00Z', ends_at: '2026-03-03T00:00:00Z' }),
    experiment('draft', {}, 'draft'),
    experiment('over', { ends_at: '2026-03-02T09:00:00Z' }),
    experiment('later', { starts_at: '2026-03-03T00:00:00Z' }),
    experiment('decided', { winner: { variant: 'a' } }),
    experiment('elsewhere', { subject: { kind: 'placement', key: 'cart' } }),
    experiment('offer', { subject: { kind: 'offer', key: 'home' } }),
  ]
  expect(onPlacement(all, 'home', now).map((one) => one.key)).toEqual(['runs', 'until'])
})
