import { type Item, pages, query, useChange } from '../../api/query'

export type Source = Item<'/api/sources'>
export type SourceKind = Source['kind']

export const kinds: SourceKind[] = ['web', 'app', 'server', 'http', 'import']

/** A kind of a select's value. */
export const kindOf = (value: string): SourceKind | undefined => kinds.find((one) => one === value)

const list = '/api/sources'

export const sourcesPages = () => ({
  ...pages(list, { query: { limit: 200 } }),
  refetchInterval: 5_000,
})

/** Sources are few; one is found among all, so that the list and the page agree. */
export const sourceQuery = (id: string) => ({
  ...query(list, { query: { limit: 500 } }),
  select: (page: { items: Source[] }) => page.items.find((one) => one.id === id) ?? null,
  refetchInterval: 5_000,
})

export const useCreateSource = () => useChange('post', list, { refresh: [list] })

export const useSourceChange = () =>
  useChange('patch', '/api/sources/{source_id}', { refresh: [list] })

/** A key out of a title: small letters, digits and dashes. */
export function keyOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return plain.replace(/^-+|-+$/g, '').slice(0, 50)
}
