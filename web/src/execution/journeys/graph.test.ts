import { describe, expect, it } from 'vitest'
import { draw, endId, entryId, nodeHeight, pathOf } from './graph'
import { journeyOf } from './journeys'

const journey = journeyOf({
  entry: { on: ['Product Added'] },
  steps: [
    { id: 'choose', kind: 'decide', placement: 'p', next_offer: 'write', next_nothing: null },
    { id: 'write', kind: 'message', template: 't', next: 'gone' },
    { id: 'half', kind: 'nonsense' },
  ],
})

describe('draw', () => {
  it('leads from the entry through the steps to one end, which also takes what leads nowhere', () => {
    const { nodes, lines } = draw(journey)
    expect(nodes.map((node) => node.id)).toEqual([entryId, 'choose', 'write', endId])
    expect(lines.map((line) => [line.from, line.to])).toEqual([
      [entryId, 'choose'],
      ['choose', 'write'],
      ['choose', endId],
      ['write', endId],
    ])
  })

  it('puts what comes later below', () => {
    const top = new Map(draw(journey).nodes.map((node) => [node.id, node.y]))
    const below = (a: string, b: string) => (top.get(b) ?? 0) - (top.get(a) ?? 0) >= nodeHeight
    expect(below(entryId, 'choose') && below('choose', 'write') && below('write', endId)).toBe(true)
  })

  it('draws a body that has no steps yet', () => {
    expect(draw(journeyOf({})).nodes).toHaveLength(2)
    expect(pathOf([])).toBe('')
  })
})
