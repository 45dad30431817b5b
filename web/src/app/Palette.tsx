import '@mantine/spotlight/styles.layer.css'
import { useDebouncedValue } from '@mantine/hooks'
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { nameOf, useCustomerName } from '../api/names'
import { query } from '../api/query'
import { useMay } from '../api/session'
import { tablePath, tablesPath } from '../decision/customerTables/nav'
import { useOwnText } from '../locales/words'
import { customerPath } from '../memory/customers/nav'
import { Icon } from '../ui'
import { items } from './navigation'

const kinds = items.flatMap((item) => (item.kind ? [{ ...item, kind: item.kind }] : []))

/** Ctrl+K: pages, customers by any identifier, definitions and tables by name, the rest by id. */
export default function Palette() {
  const { t } = useTranslation('app')
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), 150)
  const pages = usePages()
  const customers = useCustomers(asked)
  const definitions = useDefinitions(asked)
  const tables = useTables(asked)
  const named = useNamed(text.trim())
  const groups: SpotlightActionGroupData[] = [
    { group: t('palette.pages'), actions: [...named, ...pages] },
    { group: t('palette.customers'), actions: customers },
    { group: t('palette.definitions'), actions: [...definitions, ...tables] },
  ]
  return (
    <Spotlight
      actions={groups.filter((group) => group.actions.length > 0)}
      query={text}
      onQueryChange={setText}
      shortcut={null}
      nothingFound={t('palette.nothing')}
      highlightQuery
      overlayProps={{ blur: 0 }}
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <Icon name="search" />,
        placeholder: t('palette.hint'),
        'aria-label': t('palette.open'),
        onKeyDown: openFirst,
      }}
    />
  )
}

/** Enter opens the first that was found, unless another one was chosen with the arrows. */
function openFirst(event: KeyboardEvent<HTMLInputElement>) {
  if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
  const found = event.currentTarget.closest('[role="dialog"]')
  if (found?.querySelector('[data-selected]')) return
  found?.querySelector<HTMLElement>('[data-action]')?.click()
}

function usePages(): SpotlightActionData[] {
  const { t } = useTranslation('app')
  const navigate = useNavigate()
  const may = useMay()
  return items
    .filter((item) => may(item.permission))
    .map((item) => ({
      id: item.path,
      label: t(`nav.${item.label}`),
      leftSection: <Icon name={item.icon} />,
      onClick: () => navigate({ to: item.path }),
    }))
}

/** What a pasted id belongs to; whether it is there is what its page says. */
function useNamed(text: string): SpotlightActionData[] {
  const { t } = useTranslation('app')
  const navigate = useNavigate()
  const may = useMay()
  const [, prefix] = /^([a-z]+)_\w+$/.exec(text) ?? []
  return items
    .filter((item) => item.id !== undefined && item.id === prefix && may(item.permission))
    .map((item) => ({
      id: text,
      label: text,
      description: t(`nav.${item.label}`),
      leftSection: <Icon name={item.icon} />,
      onClick: () => navigate({ to: `${item.path}/${text}` }),
    }))
}

function useCustomers(asked: string): SpotlightActionData[] {
  const customerName = useCustomerName()
  const navigate = useNavigate()
  const may = useMay()
  const found = useQuery({
    ...query('/api/customers', { query: { q: asked, limit: 6 } }),
    enabled: asked.length > 1 && may('view_customers'),
  })
  return (found.data?.items ?? []).map((customer) => ({
    id: customer.customer_id,
    label: customerName(customer.customer_id, customer.label),
    description: customer.identifiers.map((one) => one.value).join(' · '),
    keywords: [asked],
    leftSection: <Icon name="user" />,
    onClick: () => navigate({ to: customerPath(customer.customer_id) }),
  }))
}

function useDefinitions(asked: string): SpotlightActionData[] {
  const ownText = useOwnText()
  const navigate = useNavigate()
  const may = useMay()
  const lists = useQueries({
    queries: kinds.map((item) => ({
      ...query('/api/definitions/{kind}', { path: { kind: item.kind } }),
      enabled: asked.length > 1 && may(item.permission),
      staleTime: 60_000,
    })),
  })
  return lists.flatMap((list, place) => {
    const item = kinds[place]
    if (!item) return []
    return (list.data?.items ?? []).map((definition) => ({
      id: `${item.kind}/${definition.key}`,
      label: ownText(nameOf(definition.body)) || definition.title || definition.key,
      description: definition.key,
      keywords: [definition.title],
      leftSection: <Icon name={item.icon} />,
      onClick: () => navigate({ to: `${item.path}/${definition.key}` }),
    }))
  })
}

function useTables(asked: string): SpotlightActionData[] {
  const navigate = useNavigate()
  const may = useMay()
  const tables = useQuery({
    ...query('/api/customer_tables'),
    enabled: asked.length > 1 && may('view_definitions'),
    staleTime: 60_000,
  })
  return (tables.data?.items ?? []).map((table) => ({
    id: `${tablesPath}/${table.key}`,
    label: table.title,
    description: table.key,
    leftSection: <Icon name="table" />,
    onClick: () => navigate({ to: tablePath(table.key) }),
  }))
}
