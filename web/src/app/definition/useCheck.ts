import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type AnyBody, check, type FieldProblem, type Kind } from './definitions'

const none: FieldProblem[] = []

/** What is wrong with a body, asked again after every pause in writing. */
export function useCheck(kind: Kind, key: string, body: AnyBody) {
  const [settled] = useDebouncedValue(body, 400)
  const answer = useQuery({
    queryKey: ['check', kind, key, settled],
    queryFn: ({ signal }) => check(kind, key, settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 30_000,
    retry: false,
  })
  return { problems: answer.data ?? none, checking: answer.isFetching || settled !== body }
}
