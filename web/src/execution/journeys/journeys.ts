import { type Answer, type Item, pages, query } from '../../api/query'

export type Counts = Answer<'get', '/api/journeys/{key}/counts'>
export type Instance = Item<'/api/journeys/{key}/instances'>

export const countsQuery = (key: string) => query('/api/journeys/{key}/counts', { path: { key } })

export const instancePages = (key: string, filter: { step?: string; state?: string }) =>
  pages('/api/journeys/{key}/instances', {
    path: { key },
    // The cast holds because the server checks words of the address and says which are wrong.
    query: { limit: 50, ...filter } as { limit: number },
  })

export const instanceStates = ['pending', 'inside', 'done', 'cancelled', 'failed'] as const

type Branch = { when: unknown; next?: string | null }

/** A step as the body of a journey has it. */
export type Step = { id: string } & (
  | { kind: 'wait'; for_ms?: number; until?: string; next?: string | null }
  | { kind: 'split'; branches: Branch[]; otherwise?: string | null }
  | {
      kind: 'decide'
      placement: string
      next_offer?: string | null
      next_nothing?: string | null
    }
  | {
      kind: 'message'
      template: string
      channel?: string
      purpose?: string
      category?: string
      next?: string | null
    }
  | {
      kind: 'experiment'
      experiment: string
      ways: Record<string, string | null>
      otherwise?: string | null
    }
  | { kind: 'end' }
)

export type Journey = {
  name?: Record<string, string>
  entry: {
    on: string[]
    segments?: string[]
    where?: unknown
    key?: string | null
    without?: string[]
    within_ms?: number
  }
  cancel_on?: string[]
  steps: Step[]
  reentry_ms?: number | null
}

const kinds = new Set(['wait', 'split', 'experiment', 'decide', 'message', 'end'])

/** The body as far as it can be drawn; what is half-written in the JSON view is left out. */
export function journeyOf(body: unknown): Journey {
  const given = (body ?? {}) as Partial<Journey> // Every part is looked at before it is used.
  const entry: Partial<Journey['entry']> = given.entry ?? {}
  const steps = Array.isArray(given.steps) ? given.steps : []
  return {
    ...given,
    entry: { ...entry, on: Array.isArray(entry.on) ? entry.on : [] },
    steps: steps.filter((step) => step && typeof step.id === 'string' && kinds.has(step.kind)),
  }
}

export type Way = 'next' | 'branch' | 'variant' | 'otherwise' | 'offer' | 'nothing'
export type Exit = { way: Way; branch?: number; variant?: string; to: string | null }

/** Where a step leads; `null` is the end of the journey. */
export function exits(step: Step): Exit[] {
  switch (step.kind) {
    case 'wait':
    case 'message':
      return [{ way: 'next', to: step.next ?? null }]
    case 'split': {
      const branches = Array.isArray(step.branches) ? step.branches : []
      return [
        ...branches.map(
          (branch, place): Exit => ({ way: 'branch', branch: place, to: branch.next ?? null }),
        ),
        { way: 'otherwise', to: step.otherwise ?? null },
      ]
    }
    case 'experiment':
      return [
        ...Object.entries(step.ways ?? {}).map(
          ([variant, to]): Exit => ({ way: 'variant', variant, to: to ?? null }),
        ),
        { way: 'otherwise', to: step.otherwise ?? null },
      ]
    case 'decide':
      return [
        { way: 'offer', to: step.next_offer ?? null },
        { way: 'nothing', to: step.next_nothing ?? null },
      ]
    case 'end':
      return []
  }
}

export const blank = {
  name: { en: '' },
  entry: {
    on: ['Product Added'],
    key: 'cart_id',
    without: ['Order Completed'],
    within_ms: 3600000,
  },
  cancel_on: ['Order Completed'],
  steps: [
    {
      id: 'choose',
      kind: 'decide',
      placement: 'email_cart',
      next_offer: 'write',
      next_nothing: 'end',
    },
    {
      id: 'write',
      kind: 'message',
      template: 'cart_reminder',
      channel: 'email',
      purpose: 'marketing',
      offer: 'choose',
      next: 'end',
    },
    { id: 'end', kind: 'end' },
  ],
  reentry_ms: 86400000,
}
