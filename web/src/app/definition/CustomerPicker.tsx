import { ActionIcon, Autocomplete, Group } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { type Item, query } from '../../api/query'
import { Icon, useUrl } from '../../ui'

type Customer = Item<'/api/customers'>

/** The customer in the address (`?customer=`), else the first one. */
export function useCustomer() {
  const [search, setSearch] = useUrl()
  const list = useQuery({
    ...query('/api/customers', { query: { limit: 50 } }),
    staleTime: 60_000,
  })
  const customers = list.data?.items ?? []
  const chosen = search.customer
  const customerId = chosen ?? customers[0]?.customer_id
  return {
    customers,
    customerId,
    choose: (id: string) => setSearch({ customer: id }),
  }
}

/** Whose eyes to look through: search, and one after the other. */
export function CustomerPicker({ customer }: { customer: ReturnType<typeof useCustomer> }) {
  const { t } = useTranslation('definition')
  const { customers, customerId, choose } = customer
  const customerName = useCustomerName()
  const [text, setText] = useState<string | null>(null)
  const [asked] = useDebouncedValue(text?.trim() ?? '', 200)
  const found = useQuery({
    ...query('/api/customers', { query: { q: asked, limit: 20 } }),
    enabled: asked.length > 1,
  })
  const offered = asked.length > 1 ? (found.data?.items ?? []) : customers
  const place = customers.findIndex((one) => one.customer_id === customerId)
  const current = [...customers, ...offered].find((one) => one.customer_id === customerId)
  const nameOf = (one: Customer) =>
    one.name || one.email || customerName(one.customer_id, one.label)
  const label = current ? nameOf(current) : (customerId ?? '')
  const step = (by: number) => {
    const next = customers[(place + by + customers.length) % customers.length]
    if (next) choose(next.customer_id)
    setText(null)
  }
  const labels = new Map<string, string>()
  for (const one of offered) {
    const name = nameOf(one)
    labels.set(labels.has(name) ? `${name} (${one.customer_id})` : name, one.customer_id)
  }
  return (
    <Group gap={6} wrap="nowrap" align="flex-end">
      <Autocomplete
        style={{ flex: 1, minWidth: 0 }}
        label={t('customer.label')}
        size="xs"
        value={text ?? label}
        data={[...labels.keys()]}
        filter={({ options }) => options}
        limit={20}
        onChange={setText}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => setText(null)}
        onOptionSubmit={(name) => {
          const id = labels.get(name)
          if (id) choose(id)
          setText(null)
        }}
      />
      <ActionIcon
        variant="default"
        size={30}
        aria-label={t('customer.previous')}
        onClick={() => step(-1)}
      >
        <Icon name="back" size={14} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={t('customer.next')}
        onClick={() => step(1)}
      >
        <Icon name="chevron" size={14} />
      </ActionIcon>
    </Group>
  )
}
