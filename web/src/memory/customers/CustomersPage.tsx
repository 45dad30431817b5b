import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  SearchField,
  StatusBadge,
  useUrl,
  When,
} from '../../ui'
import { type CustomerRow, customersPages } from './customers'
import { customerPath } from './nav'

export default function CustomersPage() {
  const { t } = useTranslation('customers')
  const [search, setSearch] = useUrl()
  const asked = search.q ?? ''
  const rows = useInfiniteQuery(customersPages(asked))
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <Filters>
        <SearchField
          label={t('search')}
          value={asked}
          onSearch={(text) => setSearch({ q: text })}
        />
      </Filters>
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.customer_id}
        rowLink={(row) => customerPath(row.customer_id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          asked
            ? { text: t('none_found', { asked }), clear: () => setSearch({ q: null }) }
            : undefined
        }
      />
    </>
  )
}

function useColumns(): Column<CustomerRow>[] {
  const { t } = useTranslation('customers')
  const word = useWord()
  const customerName = useCustomerName()
  return [
    {
      key: 'name',
      header: t('column.customer'),
      cell: (row) => customerName(row.customer_id, row.label),
    },
    {
      key: 'known',
      header: t('column.known'),
      cell: (row) =>
        row.standing === 'known' ? (
          <StatusBadge tone="plain" icon="user" word={t('known')} />
        ) : (
          <StatusBadge tone="plain" icon="eye" word={t('anonymous')} />
        ),
    },
    {
      key: 'identifiers',
      header: t('column.identifiers'),
      wrap: true,
      cell: (row) =>
        row.identifiers
          .slice(0, 3)
          .map((one) => `${word('identifier', one.kind)}: ${one.value}`)
          .join(' · '),
    },
    { key: 'last', header: t('column.last'), cell: (row) => <When at={row.last_seen_at} /> },
    { key: 'first', header: t('column.first'), cell: (row) => <When at={row.first_seen_at} /> },
  ]
}
