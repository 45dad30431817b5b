import { type Answer, every, type Item, pages, query, useChange } from '../../api/query'

export type Overview = Answer<'get', '/api/learning'>
export type Rebuilding = Answer<'get', '/api/learning/rebuild'>
export type ModelRow = Item<'/api/learning/models'>
export type Model = Answer<'get', '/api/learning/models/{channel}/{offer}'>
export type Effect = Model['effects'][number]
export type Day = Model['days'][number]
export type CalibrationPoint = Model['calibration'][number]
type Channel = ModelRow['channel']

/** What was learned changes from second to second while one looks. */
const refetchInterval = every(5_000)

export const overviewQuery = () => ({ ...query('/api/learning', {}), refetchInterval })

export const modelsPages = (channel: Channel | undefined) => ({
  ...pages('/api/learning/models', { query: { limit: 100, channel } }),
  refetchInterval,
})

export const modelQuery = (channel: Channel, offer: string) => ({
  ...query('/api/learning/models/{channel}/{offer}', { path: { channel, offer } }),
  refetchInterval,
})

const ended = ['done', 'failed', 'cancelled']

/** The newest time everything was learned anew; followed closely while it goes on. */
export const rebuildQuery = () => ({
  ...query('/api/learning/rebuild', {}),
  refetchInterval: ({ state }: { state: { data?: Rebuilding | undefined } }) =>
    runs(state.data) ? 1_000 : (false as const),
})

/** Whether everything is being learned anew. */
export function runs(rebuilding: Rebuilding | undefined): boolean {
  return rebuilding?.newest != null && !ended.includes(rebuilding.newest.state)
}

const rebuilt: Parameters<typeof useChange>[2] = {
  refresh: ['/api/learning', '/api/learning/models', '/api/learning/rebuild'],
}
export const useRebuild = () => useChange('post', '/api/learning/rebuild', rebuilt)
export const useStopRebuild = () => useChange('post', '/api/learning/rebuild/cancel', rebuilt)

const refresh: Parameters<typeof useChange>[2] = {
  refresh: ['/api/learning', '/api/learning/models', '/api/learning/models/{channel}/{offer}'],
}
export const useReset = () =>
  useChange('post', '/api/learning/models/{channel}/{offer}/reset', refresh)
export const useFreeze = () =>
  useChange('post', '/api/learning/models/{channel}/{offer}/freeze', refresh)
export const useThaw = () =>
  useChange('post', '/api/learning/models/{channel}/{offer}/thaw', refresh)

/** How strongly a feature works, for words: at half again it is clear, at double it is strong. */
export function strength(times: number): 'strong' | 'clear' | 'slight' {
  const ratio = times >= 1 ? times : 1 / times
  if (ratio >= 2) return 'strong'
  return ratio >= 1.5 ? 'clear' : 'slight'
}
