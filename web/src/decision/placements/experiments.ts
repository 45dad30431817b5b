import type { Definition } from '../../app/definition'

type Body = {
  subject?: { kind?: string; key?: string }
  starts_at?: string | null
  ends_at?: string | null
  winner?: unknown
}

/** The experiments in use that vary a placement at a moment, and have no winner yet. */
export function onPlacement(all: Definition[], placement: string, now: number): Definition[] {
  return all.filter(({ state, body }) => {
    // The server checked the body when it was saved.
    const { subject, starts_at: from, ends_at: until, winner } = body as Body
    const runs = (!from || Date.parse(from) <= now) && (!until || now < Date.parse(until))
    const here = subject?.kind === 'placement' && subject.key === placement
    return state === 'published' && here && runs && !winner
  })
}
