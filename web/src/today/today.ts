import { type Answer, query } from '../api/query'

export type Today = Answer<'get', '/api/today'>

export const todayQuery = { ...query('/api/today'), refetchInterval: 15_000 }
