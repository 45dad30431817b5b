import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

/** View state in the address: what is read, and how it is replaced. Empty values vanish. */
export function useUrl() {
  // The cast holds because our parser (app/router.ts) makes nothing but strings.
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const navigate = useNavigate()
  const setSearch = (change: Record<string, string | null | undefined>) => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value)
    // `to: '.'` keeps the page; the router's own types want a registered route tree here.
    return navigate({ to: '.', search: Object.fromEntries(next) as never, replace: true })
  }
  return [search, setSearch] as const
}

/** A parameter of the page's own path, for example `customerId` of `/customers/$customerId`. */
export function usePathParam(name: string): string {
  const params: Record<string, string | undefined> = useParams({ strict: false })
  return params[name] ?? ''
}
