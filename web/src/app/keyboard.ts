import { spotlight } from '@mantine/spotlight'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { shortcutsEnabled } from '../ui'
import { items } from './navigation'

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role=dialog],[role=menu],[role=listbox]') !== null
  )
}

function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const current = rows.findIndex((row) => row.contains(document.activeElement))
  const start = step > 0 ? 0 : rows.length - 1
  const next = rows[current < 0 ? start : current + step]
  if (!next) return
  const target = next.querySelector<HTMLElement>('[data-row-link]') ?? next
  target.focus()
  next.scrollIntoView({ block: 'nearest' })
}

const marked = (key: string) => document.querySelector<HTMLElement>(`[data-shortcut="${key}"]`)

/** When `g` was pressed last, before it ever was: the clock of a page begins at 0. */
const LONG_AGO = Number.NEGATIVE_INFINITY

/**
 * Ctrl+K opens the palette, `g` and a letter go to a page, `c` presses the page's own create button, `/` goes to its
 * search, `j` and `k` walk through rows. Pages take part by marking elements, nothing is
 * registered.
 */
export function useKeyboard(toggleSheet: () => void): void {
  const navigate = useNavigate()
  const going = useRef(LONG_AGO)
  useEffect(() => {
    const actions: Record<string, () => void> = {
      '?': toggleSheet,
      '/': () => marked('/')?.focus(),
      c: () => marked('c')?.click(),
      j: () => moveRow(1),
      k: () => moveRow(-1),
      g: () => {
        going.current = performance.now()
      },
    }
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        spotlight.toggle()
        return
      }
      const held = event.ctrlKey || event.metaKey || event.altKey
      if (held || event.defaultPrevented || typing(event.target) || !shortcutsEnabled()) return
      if (performance.now() - going.current < 1500) {
        going.current = LONG_AGO
        const item = items.find((one) => one.letter === event.key)
        if (item) {
          event.preventDefault()
          navigate({ to: item.path })
          return
        }
      }
      const action = actions[event.key]
      if (!action) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [navigate, toggleSheet])
}
