import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useOwnText } from '../locales/words'
import { query } from './query'
import { useMay } from './session'

/** What a definition's body says it is called, in every language. */
export function nameOf(body: unknown): unknown {
  return body !== null && typeof body === 'object' && 'name' in body ? body.name : undefined
}

/** The names of the definitions of one kind by their key, in the language of the screen. */
export function useDefinitionName(kind: string): (key: string | null | undefined) => string {
  const ownText = useOwnText()
  const may = useMay()
  const list = useQuery({
    ...query('/api/definitions/{kind}', { path: { kind }, query: { limit: 500 } }),
    staleTime: 60_000,
    retry: false,
    enabled: may('view_definitions'),
  })
  const names = new Map(
    (list.data?.items ?? []).map((one) => [one.key, ownText(nameOf(one.body)) || one.title]),
  )
  return (key) => (key ? names.get(key) || key : '–')
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
