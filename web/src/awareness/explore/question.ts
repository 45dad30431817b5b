import type { Answer, Body } from '../../api/query'

export type Question = Body<'post', '/api/explore/answers'>
export type View = Question['view']
export type Answered = Answer<'post', '/api/explore/answers'>
export type Shown = Answered['shown']
export type Vocabulary = Answer<'get', '/api/vocabulary'>
export type Events = { event: string; where?: Record<string, unknown>[] }

/** The views, in the order they are offered. */
export const kinds = [
  'distribution',
  'cross_tab',
  'funnel',
  'cohort',
  'rfm',
  'series',
  'paths',
] as const
export type Kind = (typeof kinds)[number]

/** One of the views of a question or an answer, by its kind. */
export type Of<Union, K extends string> = Extract<Union, { [key in K]: unknown }>[K &
  keyof Extract<Union, { [key in K]: unknown }>]

export function kindOf(view: View): Kind {
  const key = Object.keys(view)[0]
  return kinds.find((kind) => kind === key) ?? 'distribution'
}

/** The question of an address; `null` when there is none or it cannot be read. */
export function readQuestion(text: string | undefined): Question | null {
  if (!text) return null
  try {
    const read: unknown = JSON.parse(text)
    // The cast holds as far as the server says: it names what is wrong with a question.
    return read && typeof read === 'object' && 'view' in read ? (read as Question) : null
  } catch {
    return null
  }
}

const orders = ['Order Completed', 'purchase', 'Purchase', 'Order', 'order_completed']
const ways = [
  'Page Viewed',
  'Product Viewed',
  'Product Added',
  'Cart Viewed',
  'Checkout Started',
  'Order Completed',
]

/** The event that most likely is a purchase, else the most frequent one. */
export function likelyOrder(vocabulary: Vocabulary): string {
  const names = vocabulary.events.map((event) => event.name)
  return orders.find((name) => names.includes(name)) ?? names[0] ?? ''
}

function likelyAmount(vocabulary: Vocabulary, event: string): string {
  const known = vocabulary.events.find((one) => one.name === event)?.properties ?? []
  const numbers = known.filter((one) => one.kind === 'number').map((one) => one.path)
  return (
    ['total', 'revenue', 'value', 'amount'].find((path) => numbers.includes(path)) ??
    numbers[0] ??
    'total'
  )
}

function likelySteps(vocabulary: Vocabulary): Events[] {
  const names = vocabulary.events.map((event) => event.name)
  const known = ways.filter((name) => names.includes(name)).slice(-4)
  const steps = known.length >= 2 ? known : names.slice(0, 3)
  return steps.map((event) => ({ event }))
}

function likelyAttribute(vocabulary: Vocabulary): string {
  const useful = vocabulary.attributes.filter((one) => !one.personal && one.kind !== 'instant')
  const first = [...useful].sort((one, other) => other.fill_rate - one.fill_rate)[0]
  return useful.find((one) => one.key === 'country')?.key ?? first?.key ?? 'country'
}

/** A question that makes sense at once, from what is known of the data. */
export function defaultView(kind: Kind, vocabulary: Vocabulary): View {
  const order = likelyOrder(vocabulary)
  const by = { attribute: { name: likelyAttribute(vocabulary) } }
  const amount = likelyAmount(vocabulary, order)
  switch (kind) {
    case 'distribution':
      return { distribution: { by, measure: 'customers' } }
    case 'cross_tab':
      return {
        cross_tab: { rows: by, columns: { count: { of: { event: order } } }, measure: 'customers' },
      }
    case 'funnel':
      return { funnel: { steps: likelySteps(vocabulary), count: 'customers' } }
    case 'cohort':
      return { cohort: { first: { event: order }, unit: 'month' } }
    case 'rfm':
      return { rfm: { of: { event: order }, amount } }
    case 'series':
      return {
        series: { measure: { events: { of: { event: order } } }, unit: 'week' },
      }
    case 'paths':
      return { paths: { depth: 4 } }
  }
}
