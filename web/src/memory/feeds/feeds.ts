import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Problem } from '../../api/problem'
import { type Answer, type Body, call, type Item, pages, query, useChange } from '../../api/query'
import type { Tone } from '../../ui'

export type Standing = Item<'/api/feeds'>
export type Run = Item<'/api/feeds/{key}/runs'>
export type TakenFile = Item<'/api/feeds/{key}/files'>
export type Looked = Answer<'post', '/api/feed-preview'>
export type Wish = NonNullable<Body<'post', '/api/feed-preview'>>
export type Origin = Wish['from']
export type Message = Looked['messages'][number]

const list = '/api/feeds'
const one = '/api/feeds/{key}'
const refresh: (typeof list | typeof one | '/api/feeds/{key}/runs' | '/api/feeds/{key}/files')[] = [
  list,
  one,
  '/api/feeds/{key}/runs',
  '/api/feeds/{key}/files',
]

export const tones: Record<Standing['state'], Tone> = {
  off: 'plain',
  paused: 'warn',
  failing: 'bad',
  running: 'action',
  waiting: 'good',
  reading: 'good',
}

export const runTones: Record<Run['state'], Tone> = {
  running: 'action',
  done: 'good',
  failed: 'bad',
}

export const standingsQuery = () => query(list)
export const standingQuery = (key: string) => query(one, { path: { key } })
export const placesQuery = () => query('/api/feed-places')
export const runsPages = (key: string) =>
  pages('/api/feeds/{key}/runs', { path: { key }, query: { limit: 20 } })
export const filesPages = (key: string) =>
  pages('/api/feeds/{key}/files', { path: { key }, query: { limit: 20 } })

/** What a feed would bring; without a mapping with the server's guess. */
export const lookQuery = (wish: Wish) =>
  queryOptions<Looked, Problem>({
    queryKey: ['/api/feed-preview', wish],
    queryFn: ({ signal }) => call('post', '/api/feed-preview', { body: wish, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  })

export const useRun = () => useChange('post', '/api/feeds/{key}/run', { refresh })
export const usePause = () => useChange('post', '/api/feeds/{key}/pause', { refresh })
export const useResume = () => useChange('post', '/api/feeds/{key}/resume', { refresh })
export const useStartOver = () => useChange('post', '/api/feeds/{key}/start-over', { refresh })

export const kinds = ['folder', 'bucket', 'query', 'nats', 'kafka'] as const
export type OriginKind = (typeof kinds)[number]

export const kindOf = (value: unknown): OriginKind =>
  kinds.find((kind) => kind === value) ?? 'folder'

export const streams = (kind: OriginKind): boolean => kind === 'nats' || kind === 'kafka'

/** What an origin of a kind begins with. */
export function blankOrigin(kind: OriginKind): Record<string, unknown> {
  switch (kind) {
    case 'folder':
      return { kind, path: '', files: '*.csv' }
    case 'bucket':
      return { kind, bucket: '', path: '', files: '*.csv' }
    case 'query':
      return { kind, database: '', sql: '' }
    case 'nats':
      return { kind, server: '', stream: '', start: 'oldest' }
    case 'kafka':
      return { kind, server: '', topic: '', start: 'oldest' }
  }
}

/** Where a feed's data comes from, in a line; `null` while that is not said. */
export function placeOf(from: unknown): string | null {
  if (from === null || typeof from !== 'object') return null
  const part = (name: string) => {
    const value: unknown = Reflect.get(from, name)
    return typeof value === 'string' ? value : ''
  }
  const path = [part('path').replace(/\/$/, ''), part('files')].filter(Boolean).join('/')
  switch (kindOf(part('kind'))) {
    case 'folder':
      return path
    case 'bucket':
      return `${part('bucket')}: ${path}`
    case 'query':
      return part('database')
    case 'nats':
      return `${part('server')}: ${part('stream')}`
    case 'kafka':
      return `${part('server')}: ${part('topic')}`
  }
}
