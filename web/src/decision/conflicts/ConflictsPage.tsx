import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { query } from '../../api/query'
import {
  type Conflict,
  conflictKey,
  kindOf,
  useBodyPlace,
  useConflictText,
} from '../../app/definition'
import { experimentPath } from '../../awareness/experiments/nav'
import { AsOf, DataTable, EmptyState, Filters, PageHeader, useUrl } from '../../ui'
import { capPath } from '../caps/nav'
import { offerListPath } from '../offerLists/nav'
import { offerPath } from '../offers/nav'
import { placementPath } from '../placements/nav'
import { policyPath } from '../policies/nav'
import { strategyPath } from '../strategies/nav'

const pathsOf: Record<string, (key: string) => string> = {
  cap: capPath,
  experiment: experimentPath,
  offer: offerPath,
  offer_list: offerListPath,
  placement: placementPath,
  policy: policyPath,
  strategy: strategyPath,
}

/** Everything in use that stands in its own way. */
export default function ConflictsPage() {
  const { t } = useTranslation('conflicts')
  const [search, setSearch] = useUrl()
  const conflicts = useQuery({ ...query('/api/conflicts'), refetchInterval: 60_000 })
  const read = useConflictText()
  const placeOf = useBodyPlace()
  const all = conflicts.data?.conflicts
  const kinds = [...new Set(all?.map(kindOf))]
  const found = all?.filter((one) => !search.kind || one.kind === search.kind)
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={conflicts.data && <AsOf at={conflicts.data.as_of} />}
      />
      <Filters>
        <NativeSelect
          aria-label={t('column.kind')}
          value={search.kind ?? ''}
          data={[
            { value: '', label: t('every_kind') },
            ...kinds.map((value) => ({ value, label: t(`kind.${value}`) })),
          ]}
          onChange={(event) => setSearch({ kind: event.currentTarget.value })}
        />
      </Filters>
      <DataTable<Conflict>
        label={t('title')}
        rows={{ ...conflicts, data: found && { pages: [{ items: found }] } }}
        rowKey={conflictKey}
        rowLink={(row) => pathsOf[row.kind]?.(row.key) ?? '/'}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          search.kind && all && all.length > 0
            ? { text: t('none_of_kind'), clear: () => setSearch({ kind: null }) }
            : undefined
        }
        columns={[
          { key: 'name', header: t('column.name'), cell: (row) => <Name conflict={row} /> },
          { key: 'kind', header: t('column.kind'), cell: (row) => t(`kind.${kindOf(row)}`) },
          { key: 'what', header: t('column.what'), wrap: true, cell: (row) => read(row).text },
          {
            key: 'remedy',
            header: t('column.remedy'),
            wrap: true,
            cell: (row) => read(row).remedy,
          },
          {
            key: 'place',
            header: t('column.place'),
            wrap: true,
            cell: (row) =>
              row.path.length > 1
                ? (placeOf(row.kind, row.path) ?? <code>{row.path}</code>)
                : t('whole'),
          },
        ]}
      />
    </>
  )
}

function Name({ conflict }: { conflict: Conflict }) {
  const name = useDefinitionName(kindOf(conflict))
  return <>{name(conflict.key)}</>
}
