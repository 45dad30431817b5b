import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName, useDefinitionName } from '../../api/names'
import type { Item } from '../../api/query'
import { useWord } from '../../locales/words'
import { customerPath } from '../../memory/customers/nav'
import {
  type Column,
  DataTable,
  EmptyState,
  PageHeader,
  usePathParam,
  useUrl,
  When,
} from '../../ui'
import { simulationPath } from './nav'
import { customersPages } from './simulations'

type Customer = Item<'/api/simulations/{simulation_id}/customers'>

/** The customers that a number of a simulation counts. */
export default function SimulatedCustomersPage() {
  const { t } = useTranslation('simulations')
  const id = usePathParam('simulationId')
  const [search] = useUrl()
  const { placement = '', group = '', side = '0' } = search
  const placementName = useDefinitionName('placement')
  const customerName = useCustomerName()
  const rows = useInfiniteQuery(customersPages(id, { side: Number(side), placement, group }))
  const columns: Column<Customer>[] = [
    {
      key: 'customer',
      header: t('customers.customer'),
      cell: (row) => customerName(row.customer_id, row.label),
    },
    { key: 'id', header: t('customers.id'), cell: (row) => row.customer_id },
    {
      key: 'seen',
      header: t('customers.seen'),
      cell: (row) => (row.last_seen_at ? <When at={row.last_seen_at} /> : '–'),
    },
  ]
  return (
    <>
      <PageHeader
        title={useGroupText()(group)}
        lead={placementName(placement)}
        back={{ to: simulationPath(id), label: t('customers.back') }}
      />
      <DataTable
        label={t('customers.title')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.customer_id}
        rowLink={(row) => customerPath(row.customer_id)}
        empty={<EmptyState title={t('customers.none')} text={t('customers.none_text')} />}
      />
    </>
  )
}

/** What the customers of a group have in common. */
function useGroupText() {
  const { t } = useTranslation('simulations')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  return (group: string): string => {
    const [head = '', code = '', name = ''] = group.split(':')
    if (head === 'offer') return t('group.offer', { offer: offerName(code) })
    if (head === 'rule' || head === 'freed') {
      const about = name && (code === 'contact_policy' ? name : offerName(name))
      const rule = about ? `${word('reason', code)} · ${about}` : word('reason', code)
      return t(head === 'rule' ? 'group.rule' : 'group.freed', { rule })
    }
    if (head === 'withheld' || head === 'changed') return t(`group.${head}`)
    return t('group.nothing')
  }
}
