import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName, useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  PageHeader,
  StatusBadge,
  type Tone,
  useUrl,
  When,
} from '../../ui'
import { DecisionFilters } from './DecisionFilters'
import { type DecisionRow, decisionsPages, filters } from './decisions'
import { decisionPath } from './nav'

export function outcomeTone(reason: string): Tone {
  if (reason === 'offer') return 'good'
  return reason === 'timeout' || reason === 'unavailable' ? 'warn' : 'plain'
}

export default function DecisionsPage() {
  const { t } = useTranslation('decisions')
  const [search, setSearch] = useUrl()
  const filter = Object.fromEntries(
    filters.flatMap((key) => (search[key] ? [[key, search[key]]] : [])),
  )
  const rows = useInfiniteQuery(decisionsPages(filter))
  const clear = () => setSearch(Object.fromEntries(filters.map((key) => [key, null])))
  const narrowed = Object.keys(filter).length > 0
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <DecisionFilters clear={narrowed ? clear : undefined} />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.decision_id}
        rowLink={(row) => decisionPath(row.decision_id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          narrowed
            ? { text: t(rows.hasNextPage ? 'none_found_yet' : 'none_found'), clear }
            : undefined
        }
      />
    </>
  )
}

function useColumns(): Column<DecisionRow>[] {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const customerName = useCustomerName()
  return [
    { key: 'when', header: t('column.when'), cell: (row) => <When at={row.requested_at} /> },
    {
      key: 'customer',
      header: t('column.customer'),
      cell: (row) => (row.customer_id ? customerName(row.customer_id, row.customer_label) : '–'),
    },
    { key: 'channel', header: t('column.channel'), cell: (row) => word('channel', row.channel) },
    {
      key: 'offers',
      header: t('column.offers'),
      wrap: true,
      cell: (row) => row.placements.map((one) => <PlacementCell key={one.placement} place={one} />),
    },
    {
      key: 'degradation',
      header: t('column.degradation'),
      cell: (row) => (
        <StatusBadge
          tone={row.degradation === 'none' ? 'good' : 'warn'}
          word={word('degradation', row.degradation)}
        />
      ),
    },
  ]
}

function PlacementCell({ place }: { place: DecisionRow['placements'][number] }) {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  return (
    <div>
      {t('at_placement', { placement: placementName(place.placement) })}{' '}
      {place.offers.length > 0 ? (
        <b>{place.offers.map(offerName).join(', ')}</b>
      ) : (
        <StatusBadge tone={outcomeTone(place.reason)} word={word('outcome', place.reason)} />
      )}{' '}
      {place.explored && <StatusBadge tone="action" word={t('explored')} icon="search" />}
    </div>
  )
}
