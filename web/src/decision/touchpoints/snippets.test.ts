import { expect, it } from 'vitest'
import { snippetOf, topics } from './snippets'

const comments = {
  begin: '来电开始',
  offers: '可以提供什么',
  response: '客户的答复',
  end: '来电结束',
}
const setting = {
  address: 'https://rapport.example',
  placement: 'script',
  channel: 'call_center',
  comments,
}

it('names address and placement of this installation in every snippet', () => {
  for (const topic of topics) {
    const snippet = snippetOf(topic, setting)
    expect(snippet).toContain('https://rapport.example')
    if (topic !== 'flags') expect(snippet).toContain('script')
  }
})

it('says what each step is for in the words of the screen', () => {
  const lines = snippetOf('session', setting).split('\n')
  const said = lines.filter((line) => line.startsWith('#'))
  expect(said).toEqual(Object.values(comments).map((words, at) => `# ${at + 1}. ${words}`))
})

it('writes bodies that are JSON', () => {
  const bodies = [...snippetOf('session', setting).matchAll(/-d '(.*)'/g)].map(([, body]) => body)
  expect(bodies).toHaveLength(3)
  for (const body of bodies) expect(() => JSON.parse(body ?? '')).not.toThrow()
})
