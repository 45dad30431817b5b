import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { client } from './client'
import type { Problem } from './problem'
import type { paths } from './schema'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths that know a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never
}[keyof paths]

type Operation<M extends Method, P extends PathOf<M>> = paths[P] extends {
  [K in M]: infer O
}
  ? O
  : never

type Content<T> = T extends { content: { 'application/json': infer C } } ? C : undefined

type Success<O> = O extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Content<A>
    : R extends { 201: infer A }
      ? Content<A>
      : R extends { 202: infer A }
        ? Content<A>
        : undefined
  : never

/** What a call answers, for example `Answer<'get', '/api/customers/{customer_id}'>`. */
export type Answer<M extends Method, P extends PathOf<M>> = Success<Operation<M, P>>

/** What a call takes in its body. */
export type Body<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { requestBody?: infer B } ? Content<NonNullable<B>> : undefined

type Parameter<O, Place extends string> = O extends { parameters: { [K in Place]?: infer V } }
  ? V extends object
    ? V
    : Record<string, never>
  : Record<string, never>

/** The path and query parameters of a call. */
export type Params<M extends Method, P extends PathOf<M>> = {
  path?: Parameter<Operation<M, P>, 'path'>
  query?: Parameter<Operation<M, P>, 'query'>
}

export type Call<M extends Method, P extends PathOf<M>> = Params<M, P> & {
  body?: Body<M, P>
  /** The hash of the version one has seen; the server answers 412 if it moved on. */
  ifMatch?: string
  signal?: AbortSignal
  /** Whether it goes on when the page is left. */
  keepalive?: boolean
}

/** One call; throws a `Problem` when the answer is not a success. */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  { path: inPath, query, body, ifMatch, signal, keepalive }: Call<M, P> = {},
): Promise<Answer<M, P>> {
  const init = {
    params: { path: inPath, query },
    body,
    signal,
    keepalive,
    headers: ifMatch ? { 'If-Match': `"${ifMatch}"` } : undefined,
  }
  // The cast ends here: openapi-fetch cannot follow a generic path, our own types above do.
  const request = client.request as unknown as (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ data?: unknown }>
  const { data } = await request(method, String(path), init)
  return data as Answer<M, P>
}

/** Something to read, for `useQuery`. */
export function query<P extends PathOf<'get'>>(path: P, params: Params<'get', P> = {}) {
  return queryOptions<Answer<'get', P>, Problem>({
    queryKey: [path, params],
    queryFn: ({ signal }) => call('get', path, { ...params, signal }),
  })
}

/**
 * Asks again every so often once something is known. Before that it would show a wait in the place
 * of what failed: asking again is up to the person then.
 */
export function every(ms: number) {
  return ({ state }: { state: { data?: unknown } }) => (state.data === undefined ? false : ms)
}

/** One page of a list, as every list of the server answers. */
export type Page<T> = { items: T[]; next_cursor?: string | null }

/** The member of a list's pages. */
export type Item<P extends PathOf<'get'>> = Answer<'get', P> extends Page<infer T> ? T : never

/** A list read page by page, for `useInfiniteQuery` and `DataTable`. */
export function pages<P extends PathOf<'get'>>(path: P, params: Params<'get', P> = {}) {
  return infiniteQueryOptions({
    queryKey: [path, params, 'pages'],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page<Item<P>>> => {
      const query = { ...params.query, ...(pageParam ? { cursor: pageParam } : {}) }
      const answer = await call('get', path, {
        path: params.path,
        query: query as Params<'get', P>['query'],
        signal,
      })
      // The cast holds because Item<P> is taken from this very answer.
      return answer as unknown as Page<Item<P>>
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })
}

/** A change: `refresh` names the paths that are read again afterwards. */
export function useChange<M extends Exclude<Method, 'get'>, P extends PathOf<M>>(
  method: M,
  path: P,
  { refresh }: { refresh: (keyof paths)[] },
) {
  const queries = useQueryClient()
  return useMutation<Answer<M, P>, Problem, Call<M, P>>({
    mutationFn: (variables) => call(method, path, variables),
    onSuccess: () =>
      Promise.all(refresh.map((read) => queries.invalidateQueries({ queryKey: [read] }))).then(
        () => undefined,
      ),
  })
}
