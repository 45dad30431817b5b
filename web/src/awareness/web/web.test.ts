import {
  type Answered,
  change,
  nothingBefore,
  readOnly,
  readQuestion,
  uncompared,
  writeOnly,
} from './web'

test('chosen values survive the address, whatever is in them', () => {
  const only = [
    { dimension: 'page' as const, value: '/a:b?c=d' },
    { dimension: 'channel' as const, value: 'email' },
  ]
  expect(readOnly(writeOnly(only))).toEqual(only)
  expect(readOnly('nonsense:1\npage:/x')).toEqual([{ dimension: 'page', value: '/x' }])
})

test('an address without anything asks for the last month and the one before', () => {
  const question = readQuestion({})
  expect(question.period).toEqual({ days: 30 })
  expect(question.compare).toBe('previous')
  expect(readQuestion({ days: 'x', compare: 'none' }).compare).toBeUndefined()
})

test('what counts as an order, a cart and a visit stands in the address', () => {
  const usual = readQuestion({})
  expect(usual.order_event).toBe('Order Completed')
  expect(usual.sessions).toMatchObject({ gap_minutes: 30, with_bots: false })
  const own = readQuestion({
    order: 'Paid',
    value: 'sum',
    cart: 'Picked',
    gap: '45',
    with_bots: '1',
  })
  expect(own).toMatchObject({ order_event: 'Paid', order_value: 'sum', cart_event: 'Picked' })
  expect(own.sessions).toMatchObject({ gap_minutes: 45, with_bots: true, at_midnight: false })
  expect(readQuestion({ gap: 'x', zone: 'Asia/Shanghai' })).toMatchObject({
    zone: 'Asia/Shanghai',
    sessions: { gap_minutes: 30 },
  })
})

test('a change needs something before', () => {
  expect(change(3, 2)).toBeCloseTo(0.5)
  expect(change(3, 0)).toBeNull()
  expect(change(3, undefined)).toBeNull()
})

test('where nothing came before, no row is compared', () => {
  const row = (visits_before: number) => ({ value: 'email', numbers: { visits: 3 }, visits_before })
  const answered = {
    before: { visits: 0 },
    series: [{ from: '2026-03-01', before: { visits: 0 } }],
    breakdowns: [{ dimension: 'channel', rows: [row(0)] }],
    // Only what is looked at.
  } as unknown as Answered
  expect(nothingBefore(answered)).toBe(true)
  expect(nothingBefore({ before: null })).toBe(false)
  const shown = uncompared(answered)
  expect(shown.before).toBeNull()
  expect(shown.series[0]?.before).toBeNull()
  expect(shown.breakdowns[0]?.rows[0]?.visits_before).toBeNull()
})
