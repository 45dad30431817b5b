import type { Events, Vocabulary } from './question'

type Cuts = { cuts?: number[] }
export type Dimension =
  | { attribute: { name: string } & Cuts }
  | { property: { of: Events; name: string } & Cuts }
  | { count: { of: Events } & Cuts }
export type Measure =
  | 'customers'
  | { doing: { of: Events } }
  | { events: { of: Events } }
  | { sum: { of: Events; property: string } }
  | { average: { of: Events; property: string } }
  | { distinct: { of: Events; property: string } }

const between = '\u001f'

/** A dimension as the value of a choice, and back. */
export function dimensionKey(dimension: Dimension | undefined | null): string {
  if (!dimension) return ''
  if ('attribute' in dimension) return `attribute${between}${dimension.attribute.name}`
  if ('property' in dimension) {
    return ['property', dimension.property.of.event, dimension.property.name].join(between)
  }
  return `count${between}${dimension.count.of.event}`
}

export function dimensionOf(key: string): Dimension | undefined {
  const [kind, first = '', second = ''] = key.split(between)
  if (kind === 'attribute') return { attribute: { name: first } }
  if (kind === 'property') return { property: { of: { event: first }, name: second } }
  if (kind === 'count') return { count: { of: { event: first } } }
  return undefined
}

/** A measure as the value of a choice, and back. */
export function measureKey(measure: Measure | undefined): string {
  if (!measure || measure === 'customers') return 'customers'
  const [kind, rest] = Object.entries(measure)[0] ?? ['customers', { of: { event: '' } }]
  const property = 'property' in rest ? rest.property : ''
  return [kind, rest.of.event, property].join(between)
}

export function measureOf(key: string): Measure {
  const [kind, event = '', property = ''] = key.split(between)
  const of = { event }
  switch (kind) {
    case 'doing':
      return { doing: { of } }
    case 'events':
      return { events: { of } }
    case 'sum':
      return { sum: { of, property } }
    case 'average':
      return { average: { of, property } }
    case 'distinct':
      return { distinct: { of, property } }
    default:
      return 'customers'
  }
}

/** The events that a measure looks at. */
export function measuredEvents(measure: Measure | undefined): Events | undefined {
  if (!measure || measure === 'customers') return undefined
  return Object.values(measure)[0]?.of
}

/** The same measure of these events. */
export function measureOfEvents(measure: Measure, of: Events): Measure {
  const same = measureOf(measureKey(measure))
  const inner = same === 'customers' ? undefined : Object.values(same)[0]
  if (inner) inner.of = of
  return same
}

/**
 * A property of the measured events is looked at on those very events, so it takes on their
 * conditions; every other dimension stays as it is.
 */
export function ofMeasured<D extends Dimension | undefined | null>(dimension: D, measure: Measure) {
  const of = measuredEvents(measure)
  if (!dimension || !('property' in dimension) || dimension.property.of.event !== of?.event) {
    return dimension
  }
  return { property: { ...dimension.property, of } }
}

type Choices = { group: string; items: { value: string; label: string }[] }[]

/** Everything that customers can be told apart by. */
export function dimensionChoices(
  vocabulary: Vocabulary,
  words: {
    attributes: string
    often: string
    propertyOf: (event: string) => string
    event: (name: string) => string
  },
): Choices {
  const attributes = vocabulary.attributes.map((one) => ({
    value: dimensionKey({ attribute: { name: one.key } }),
    label: one.key,
  }))
  const counts = vocabulary.events.map((one) => ({
    value: dimensionKey({ count: { of: { event: one.name } } }),
    label: words.event(one.name),
  }))
  const properties = vocabulary.events.map((event) => ({
    group: words.propertyOf(words.event(event.name)),
    items: event.properties.map((one) => ({
      value: dimensionKey({ property: { of: { event: event.name }, name: one.path } }),
      label: one.path,
    })),
  }))
  return [
    { group: words.attributes, items: attributes },
    { group: words.often, items: counts },
    ...properties,
  ].filter(({ items }) => items.length > 0)
}

/** Everything that can be measured. */
export function measureChoices(
  vocabulary: Vocabulary,
  words: {
    customers: string
    everyone: string
    doing: string
    events: string
    sum: string
    average: string
    distinct: string
    event: (name: string) => string
  },
  withEveryone: boolean,
): Choices {
  const of = (kind: 'doing' | 'events') =>
    vocabulary.events.map((one) => ({
      value: [kind, one.name, ''].join(between),
      label: words.event(one.name),
    }))
  const properties = (kind: 'sum' | 'average' | 'distinct') =>
    vocabulary.events.flatMap((event) =>
      event.properties
        .filter((one) => kind === 'distinct' || one.kind === 'number')
        .map((one) => ({
          value: [kind, event.name, one.path].join(between),
          label: `${one.path} · ${words.event(event.name)}`,
        })),
    )
  const everyone = {
    group: words.customers,
    items: [{ value: 'customers', label: words.everyone }],
  }
  return [
    ...(withEveryone ? [everyone] : []),
    { group: words.doing, items: of('doing') },
    { group: words.events, items: of('events') },
    { group: words.sum, items: properties('sum') },
    { group: words.average, items: properties('average') },
    { group: words.distinct, items: properties('distinct') },
  ].filter(({ items }) => items.length > 0)
}
