import { useState } from 'react'
import type { AnyBody } from './definitions'
import { valueAt, withValueAt } from './pointer'

type History = { past: AnyBody[]; now: AnyBody; future: AnyBody[]; touched: string; at: number }

const steps = 100
const pause = 1_500

/** What a person types letter by letter; anything else is chosen at once. */
const typed = (value: unknown) =>
  value === undefined || typeof value === 'string' || typeof value === 'number'

/** What is being written: changes by place, with undo and redo. */
export function useDraft(first: AnyBody) {
  const [history, setHistory] = useState<History>(() => fresh(first))

  /** Typing on at the same place is one step of undo; every choice is one of its own. */
  const set = (path: string, value: unknown) =>
    setHistory((before) => {
      const at = performance.now()
      const next = withValueAt(before.now, path, value)
      const written = path !== '' && typed(value) && typed(valueAt(before.now, path))
      const goesOn = written && before.touched === path && at - before.at < pause
      const past = goesOn ? before.past : [...before.past.slice(-steps), before.now]
      return { past, now: next, future: [], touched: path, at }
    })
  const undo = () =>
    setHistory((before) => {
      const last = before.past.at(-1)
      if (!last) return before
      const past = before.past.slice(0, -1)
      return { past, now: last, future: [before.now, ...before.future], touched: '', at: 0 }
    })
  const redo = () =>
    setHistory((before) => {
      const [next, ...future] = before.future
      if (!next) return before
      return { past: [...before.past, before.now], now: next, future, touched: '', at: 0 }
    })
  return {
    body: history.now,
    set,
    undo: history.past.length > 0 ? undo : undefined,
    redo: history.future.length > 0 ? redo : undefined,
    /** Starts over from what is saved. */
    restart: (body: AnyBody) => setHistory(fresh(body)),
  }
}

function fresh(body: AnyBody): History {
  return { past: [], now: body, future: [], touched: '', at: 0 }
}
