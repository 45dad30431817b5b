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

/** What customers are called whose reaction is judged together. */
export function useGroupName(): (group: { key: string; name?: unknown }) => string {
  const { t } = useTranslation('words')
  const ownText = useOwnText()
  return ({ key, name }) => ownText(name) || (key === 'others' ? t('customer_group.others') : key)
}

/** The same by the group's key, as a strategy calls it. */
export function useCustomerGroupName(strategy: string | null | undefined): (key: string) => string {
  const groupName = useGroupName()
  const may = useMay()
  const list = useQuery({ ...namesQuery('strategy'), enabled: may('view_definitions') })
  const strategies = list.data?.items ?? []
  const mine = strategies.filter((one) => one.key === strategy)
  const groups = [...mine, ...strategies].flatMap((one) => groupsOf(one.body))
  return (key) => groupName(groups.find((one) => one.key === key) ?? { key })
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
