import { operatorOf, typedValue, written } from './condition'
import {
  dimensionKey,
  dimensionOf,
  measuredEvents,
  measureKey,
  measureOf,
  measureOfEvents,
  ofMeasured,
} from './dimension'
import { partsOf, ruleOf } from './FilterBar'
import { firstOfLastMonth } from './PeriodField'
import { defaultView, kindOf, kinds, readQuestion, type Vocabulary } from './question'
import { keyOf } from './segment'

const vocabulary: Vocabulary = {
  attributes: [
    { key: 'email', kind: 'text', personal: true, fill_rate: 1, description: '', values: [] },
    { key: 'country', kind: 'text', personal: false, fill_rate: 0.5, description: '', values: [] },
  ],
  events: ['Order Completed', 'Product Viewed'].map((name) => ({
    name,
    seen_count: 1,
    last_seen_at: '2026-01-01T00:00:00Z',
    properties: [{ path: 'total', kind: 'number', share: 1, values: [] }],
  })),
  channels: [],
  purposes: [],
  offers: [],
  placements: [],
  segments: [],
  scores: [],
}

test('every view has a question that makes sense at once', () => {
  for (const kind of kinds) expect(kindOf(defaultView(kind, vocabulary))).toBe(kind)
  expect(defaultView('rfm', vocabulary)).toEqual({
    rfm: { of: { event: 'Order Completed' }, amount: 'total' },
  })
  expect(defaultView('distribution', vocabulary)).toEqual({
    distribution: { by: { attribute: { name: 'country' } }, measure: 'customers' },
  })
})

test('a question is read from the address, and nonsense is none', () => {
  const question = { view: defaultView('paths', vocabulary) }
  expect(readQuestion(JSON.stringify(question))).toEqual(question)
  for (const text of [undefined, '', '{', '7', '{"a":1}']) expect(readQuestion(text)).toBeNull()
})

test('dimensions and measures are choices and back', () => {
  for (const dimension of [
    { attribute: { name: 'country' } },
    { property: { of: { event: 'A b' }, name: 'c.d' } },
    { count: { of: { event: 'A' } } },
  ]) {
    expect(dimensionOf(dimensionKey(dimension))).toEqual(dimension)
  }
  for (const measure of [
    'customers' as const,
    { doing: { of: { event: 'A' } } },
    { sum: { of: { event: 'A' }, property: 'total' } },
  ]) {
    expect(measureOf(measureKey(measure))).toEqual(measure)
  }
  expect(dimensionOf('')).toBeUndefined()
})

test('conditions of a measure hold for the properties of its events, and for no others', () => {
  const all = { sum: { of: { event: 'Order Completed' }, property: 'total' } }
  const bought = { event: 'Order Completed', where: [{ property: 'total', greater: 0 }] }
  const net = measureOfEvents(all, bought)
  expect(net).toEqual({ sum: { of: bought, property: 'total' } })
  expect(measuredEvents(net)).toEqual(bought)
  expect(all.sum.of).toEqual({ event: 'Order Completed' })
  expect(measureOfEvents('customers', bought)).toBe('customers')
  const country = { property: { of: { event: 'Order Completed' }, name: 'country' } }
  expect(ofMeasured(country, net)).toEqual({ property: { of: bought, name: 'country' } })
  for (const other of [
    { property: { of: { event: 'Product Viewed' }, name: 'total' } },
    { attribute: { name: 'country' } },
    { count: { of: { event: 'Order Completed' } } },
    undefined,
  ]) {
    expect(ofMeasured(other, net)).toEqual(other)
  }
})

test('a filter is its parts, and parts are a filter', () => {
  const [one, other] = [{ attribute: 'a', exists: true }, { segment: 'b' }]
  expect(partsOf(ruleOf([one, other]))).toEqual([one, other])
  expect(ruleOf([one])).toBe(one)
  expect(ruleOf([])).toBeUndefined()
  expect(partsOf(undefined)).toEqual([])
})

test('a name becomes a key of a definition', () => {
  expect(keyOf('Lost after “Cart Viewed”')).toBe('lost_after_cart_viewed')
  expect(keyOf('2026 buyers')).toBe('s_2026_buyers')
  expect(keyOf('常客')).toMatch(/^segment_[a-z0-9]+$/)
  expect(keyOf('  ')).toBe('')
})

test('a condition that the form cannot show is shown as it is written', () => {
  expect(operatorOf({ property: 'total', greater: 5 })).toBe('greater')
  expect(operatorOf({ property: 'total', exists: true })).toBe('exists')
  expect(typedValue('greater', '5')).toBe(5)
  const others = [
    { property: 'plan', one_of: ['gold', 'silver'] },
    { property: 'total', at_least: 5, less: 9 },
    { property: 'plan', exists: false },
  ]
  for (const test of others) expect(operatorOf(test)).toBeNull()
  expect(others.map(written)).toEqual([
    'plan one_of ["gold","silver"]',
    'total at_least 5 less 9',
    'plan exists false',
  ])
})

test('a period from the last month begins on its first day, also east of Greenwich', () => {
  process.env.TZ = 'Asia/Shanghai'
  expect(firstOfLastMonth(new Date(2026, 0, 15))).toBe('2025-12-01')
  expect(firstOfLastMonth(new Date(2026, 6, 1))).toBe('2026-06-01')
})
