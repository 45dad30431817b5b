import { useQuery } from '@tanstack/react-query'
import { setCsrfToken } from './client'
import { Problem } from './problem'
import { type Answer, call } from './query'

export type Session = Answer<'get', '/api/session'>
export type Permission = Session['permissions'][number]

/** Who is signed in, or `null`. Fetched once and kept. */
export const sessionQuery = {
  queryKey: ['/api/session'] as const,
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await call('get', '/api/session')
      setCsrfToken(session.csrf_token)
      return session
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null
      throw error
    }
  },
}

/** The signed-in user's permissions, as a question. */
export function useMay(): (permission: Permission | undefined) => boolean {
  const { data } = useQuery(sessionQuery)
  return (permission) =>
    permission === undefined || (data?.permissions.includes(permission) ?? false)
}
