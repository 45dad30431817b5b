import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRefusal } from '../../app/definition'
import { type Column, DataTable, EmptyState, PageHeader, useFormat, When } from '../../ui'
import { tablePath } from './nav'
import { TableDialog } from './TableDialog'
import { type CustomerTable, tablesQuery } from './tables'

export default function TablesPage() {
  const { t } = useTranslation('customer_tables')
  const refusal = useRefusal('edit_offers')
  const navigate = useNavigate()
  const tables = useQuery(tablesQuery())
  const [making, make] = useState(false)
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        create={{ label: t('create'), onClick: () => make(true), disabledBecause: refusal }}
      />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={{ ...tables, data: tables.data && { pages: [tables.data] } }}
        rowKey={(row) => row.key}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
      />
      {making && (
        <TableDialog
          close={() => make(false)}
          made={(table) => navigate({ to: tablePath(table.key) })}
        />
      )}
    </>
  )
}

function useColumns(): Column<CustomerTable>[] {
  const { t } = useTranslation('customer_tables')
  const format = useFormat()
  return [
    {
      key: 'title',
      header: t('column.title'),
      cell: (row) => (
        <Link to={tablePath(row.key)} data-row-link="">
          {row.title}
        </Link>
      ),
    },
    { key: 'kind', header: t('column.kind'), cell: (row) => t(`kind.${row.kind}`) },
    { key: 'owner', header: t('column.owner'), cell: (row) => row.owner },
    {
      key: 'rows',
      header: t('column.rows'),
      align: 'end',
      cell: (row) => format.number(row.row_count),
    },
    {
      key: 'expires',
      header: t('column.expires'),
      cell: (row) => (row.expires_at ? <When at={row.expires_at} /> : t('for_good')),
    },
    { key: 'changed', header: t('column.changed'), cell: (row) => <When at={row.updated_at} /> },
  ]
}
