import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useOwnText } from '../locales/words'
import { query } from './query'
import type { components } from './schema.gen'
import { useMay } from './session'

/** What a definition's body says it is called, in every language. */
export function nameOf(body: unknown): unknown {
  return body !== null && typeof body === 'object' && 'name' in body ? body.name : undefined
}

const namesQuery = (kind: string) => ({
  ...query('/api/definitions/{kind}', { path: { kind }, query: { limit: 500 } }),
  staleTime: 60_000,
  retry: false,
})

/** The names of the definitions of one kind by their key, in the language of the screen. */
export function useDefinitionName(kind: string): (key: string | null | undefined) => string {
  const ownText = useOwnText()
  const may = useMay()
  const list = useQuery({ ...namesQuery(kind), enabled: may('view_definitions') })
  const names = new Map(
    (list.data?.items ?? []).map((one) => [one.key, ownText(nameOf(one.body)) || one.title]),
  )
  return (key) => (key ? names.get(key) || key : '–')
}

/** What a strategy calls the customers whose reaction it judges together, by the group's key. */
export function useCustomerGroupName(strategy: string | null | undefined): (key: string) => string {
  const { t } = useTranslation('words')
  const ownText = useOwnText()
  const may = useMay()
  const list = useQuery({ ...namesQuery('strategy'), enabled: may('view_definitions') })
  const strategies = list.data?.items ?? []
  const mine = strategies.filter((one) => one.key === strategy)
  const groups = [...mine, ...strategies].flatMap((one) => groupsOf(one.body))
  return (key) => {
    const group = groups.find((one) => one.key === key)
    return ownText(nameOf(group)) || (key === 'others' ? t('customer_group.others') : key)
  }
}

type Strategy = components['schemas']['Strategy']

function groupsOf(body: unknown) {
  // The server has checked what it stores under this kind.
  return (body as Strategy | null)?.groups ?? []
}

/** What we call a customer: the name we were told, or else a visitor with the end of the id. */
export function useCustomerName(): (
  customerId: string,
  label: string | null | undefined,
) => string {
  const { t } = useTranslation('words')
  return (customerId, label) =>
    label || t('customer.anonymous', { id: customerId.replace(/^cus_/, '').slice(-6) })
}
