import { expect, it } from 'vitest'
import { snippetOf, topics } from './snippets'

const setting = { address: 'https://rapport.example', placement: 'script', channel: 'call_center' }

it('names address and placement of this installation in every snippet', () => {
  for (const topic of topics) {
    const snippet = snippetOf(topic, setting)
    expect(snippet).toContain('https://rapport.example')
    if (topic !== 'flags') expect(snippet).toContain('script')
  }
})

it('writes bodies that are JSON', () => {
  const bodies = [...snippetOf('session', setting).matchAll(/-d '(.*)'/g)].map(([, body]) => body)
  expect(bodies).toHaveLength(3)
  for (const body of bodies) expect(() => JSON.parse(body ?? '')).not.toThrow()
})
