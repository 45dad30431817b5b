import { expect, it } from 'vitest'
import { snippetOf, snippets } from './snippets'

const setting = { address: 'https://rapport.example', source: 'src_4', secret: 'rpk_1' }

it('fills in the address or the source, and the secret, in every snippet', () => {
  for (const snippet of snippets) {
    const text = snippetOf(snippet, setting)
    expect(text).toContain(snippet === 'command' ? '--source src_4' : 'https://rapport.example')
    expect(text).not.toContain('YOUR_SOURCE')
    if (snippet !== 'command') expect(text).toContain('rpk_1')
  }
})

it('leaves a place for a key that was issued before', () => {
  expect(snippetOf('tag', { ...setting, secret: null })).toContain("'YOUR_KEY'")
})
