import type { TimelineItem } from './customers'

/** What the timeline draws: a new day, or one or several alike things in a row. */
export type Entry =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'items'; key: string; first: TimelineItem; items: TimelineItem[] }

const together = 30 * 60_000

const dayOf = (at: string) => new Date(at).toDateString()

function alike(a: TimelineItem, b: TimelineItem): boolean {
  const apart = Math.abs(Date.parse(a.occurred_at) - Date.parse(b.occurred_at))
  return a.side === b.side && a.kind === b.kind && a.title === b.title && apart <= together
}

/** Newest first: days as headings; equal things within half an hour as one entry. */
export function entriesOf(items: TimelineItem[]): Entry[] {
  const entries: Entry[] = []
  let day = ''
  for (const item of items) {
    if (dayOf(item.occurred_at) !== day) {
      day = dayOf(item.occurred_at)
      entries.push({ kind: 'day', key: `day ${day} ${item.id}`, at: item.occurred_at })
    }
    const last = entries.at(-1)
    if (last?.kind === 'items' && alike(last.first, item)) last.items.push(item)
    else entries.push({ kind: 'items', key: item.id, first: item, items: [item] })
  }
  return entries
}
