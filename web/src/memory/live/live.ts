import { useEffect, useReducer } from 'react'

/** One row of the stream; written by hand, because streams have no schema. */
export type LiveItem = {
  seq: number
  customer_id: string
  /** How we call them; empty where that is personal. */
  customer_label: string
  kind: string
  name: string
  source: string
  occurred_at: string
  received_at: string
  body: unknown
}

export type Connection = 'connecting' | 'listening' | 'lost' | 'refused'

/** What the server shall send. */
export type Wanted = { source_id?: string; name?: string; customer_id?: string }

export type Tail = {
  connection: Connection
  /** Newest first. */
  shown: LiveItem[]
  /** What came in while paused, newest first. */
  held: LiveItem[]
  /** How many came too fast to be shown. */
  skipped: number
  paused: boolean
}

type Step =
  | { kind: 'came'; item: LiveItem }
  | { kind: 'skipped'; count: number }
  | { kind: 'connection'; connection: Connection }
  | { kind: 'pause' }
  | { kind: 'resume' }
  | { kind: 'clear' }

/** Rows a browser keeps; a busy shop sends this many in a few seconds. */
export const kept = 500

export const start: Tail = {
  connection: 'connecting',
  shown: [],
  held: [],
  skipped: 0,
  paused: false,
}

export function next(tail: Tail, step: Step): Tail {
  switch (step.kind) {
    case 'came': {
      // A connection that was lost begins with the newest rows again.
      const known = [...tail.held, ...tail.shown].some((one) => one.seq === step.item.seq)
      if (known) return tail
      const list = tail.paused ? 'held' : 'shown'
      return { ...tail, [list]: [step.item, ...tail[list]].slice(0, kept) }
    }
    case 'skipped':
      return { ...tail, skipped: tail.skipped + step.count }
    case 'connection':
      return { ...tail, connection: step.connection }
    case 'pause':
      return { ...tail, paused: true }
    case 'resume': {
      const shown = [...tail.held, ...tail.shown].slice(0, kept)
      return { ...tail, paused: false, held: [], shown }
    }
    case 'clear':
      return { ...tail, shown: [], held: [], skipped: 0 }
  }
}

/** A search is a customer's id or part of an event's name. */
export function wantedOf(source: string, words: string): Wanted {
  const asked = words.trim()
  const customer = /^cus_[0-9a-z]+$/i.test(asked)
  return {
    source_id: source || undefined,
    customer_id: customer ? asked : undefined,
    name: customer ? undefined : asked || undefined,
  }
}

export function addressOf(wanted: Wanted): string {
  const given = Object.entries(wanted).filter(([, value]) => value)
  const text = new URLSearchParams(given).toString()
  return text ? `/api/events/live?${text}` : '/api/events/live'
}

/** Listens to what comes in; the browser connects again by itself when the line breaks. */
export function useTail(wanted: Wanted): [Tail, (step: Step) => void] {
  const [tail, dispatch] = useReducer(next, start)
  const address = addressOf(wanted)
  useEffect(() => {
    dispatch({ kind: 'clear' })
    dispatch({ kind: 'connection', connection: 'connecting' })
    const stream = new EventSource(address)
    stream.onopen = () => dispatch({ kind: 'connection', connection: 'listening' })
    stream.onerror = () => {
      const over = stream.readyState === EventSource.CLOSED
      dispatch({ kind: 'connection', connection: over ? 'refused' : 'lost' })
    }
    stream.addEventListener('item', (message) =>
      dispatch({ kind: 'came', item: JSON.parse(message.data) }),
    )
    stream.addEventListener('skipped', (message) =>
      dispatch({ kind: 'skipped', count: JSON.parse(message.data).count }),
    )
    return () => stream.close()
  }, [address])
  return [tail, dispatch]
}

/** Whose doing a row is: what we say stands left, what the customer does stands right. */
export function sideOf(item: LiveItem): 'ours' | 'theirs' {
  return item.kind === 'contact' || item.kind === 'decision' || item.kind === 'message'
    ? 'ours'
    : 'theirs'
}
