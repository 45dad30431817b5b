import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  SearchField,
  StatusBadge,
  type Tone,
  useUrl,
  When,
} from '../../ui'
import { type DecisionRow, decisionsPages } from './decisions'
import { decisionPath } from './nav'

const reasons = ['offer', 'control_group', 'nothing_eligible', 'policy', 'timeout']

export function outcomeTone(reason: string): Tone {
  if (reason === 'offer') return 'good'
  return reason === 'timeout' ? 'warn' : 'plain'
}

export default function DecisionsPage() {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const { customer, placement, offer, reason } = search
  const rows = useInfiniteQuery(decisionsPages({ customer, placement, offer, reason }))
  const clear = () => setSearch({ customer: null, placement: null, offer: null, reason: null })
  const narrowed = Boolean(customer || placement || offer || reason)
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <Filters>
        <SearchField
          label={t('filter.customer')}
          value={customer ?? ''}
          onSearch={(text) => setSearch({ customer: text })}
        />
        <NativeSelect
          aria-label={t('filter.reason')}
          value={reason ?? ''}
          onChange={(event) => setSearch({ reason: event.currentTarget.value })}
          data={[
            { value: '', label: t('filter.every_reason') },
            ...reasons.map((value) => ({ value, label: word('outcome', value) })),
          ]}
        />
        {narrowed && (
          <Button variant="subtle" onClick={clear}>
            {t('filter.clear')}
          </Button>
        )}
      </Filters>
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.decision_id}
        rowLink={(row) => decisionPath(row.decision_id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={narrowed ? { text: t('none_found'), clear } : undefined}
      />
    </>
  )
}

function useColumns(): Column<DecisionRow>[] {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  return [
    { key: 'when', header: t('column.when'), cell: (row) => <When at={row.requested_at} /> },
    { key: 'customer', header: t('column.customer'), cell: (row) => row.customer_id },
    { key: 'channel', header: t('column.channel'), cell: (row) => word('channel', row.channel) },
    {
      key: 'offers',
      header: t('column.offers'),
      wrap: true,
      cell: (row) =>
        row.placements.map((one) => (
          <div key={one.placement}>
            {placementName(one.placement)}:{' '}
            {one.offers.length > 0 ? (
              <b>{one.offers.map(offerName).join(', ')}</b>
            ) : (
              <StatusBadge tone={outcomeTone(one.reason)} word={word('outcome', one.reason)} />
            )}
          </div>
        )),
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
