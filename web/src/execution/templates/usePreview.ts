import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Problem } from '../../api/problem'
import { placeOf, preview, type Template } from './templates'

/** The template as it would be written now; asked again after every pause in writing. */
export function usePreview(
  template: Template,
  asked: { customer_id?: string; language: string; offer?: string },
  ready: boolean,
) {
  const [settled] = useDebouncedValue(template, 500)
  const body = { template: settled, ...asked }
  const answer = useQuery({
    queryKey: ['/api/templates/preview', body],
    queryFn: ({ signal }) => preview(body, signal),
    placeholderData: keepPreviousData,
    enabled: ready,
    gcTime: 30_000,
    retry: false,
  })
  const problem = answer.error ? Problem.of(answer.error) : null
  return {
    mail: answer.error ? undefined : answer.data,
    problem,
    place: problem ? placeOf(problem.document) : null,
    busy: answer.isFetching || settled !== template,
    retry: () => answer.refetch(),
  }
}
