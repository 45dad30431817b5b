import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Column, DataTable, EmptyState, PageHeader, StatusBadge, When } from '../../ui'
import { NewButton } from './NewButton'
import { newSimulationPath, simulationPath } from './nav'
import { moves, type SimulationRow, simulationsPages, tones } from './simulations'
import { useRequestText } from './useRequestText'

export default function SimulationsPage() {
  const { t } = useTranslation('simulations')
  const rows = useInfiniteQuery({
    ...simulationsPages(),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((one) => moves(one.state))) ? 2_000 : false,
  })
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        create={{ label: t('new'), to: newSimulationPath }}
      />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => simulationPath(row.id)}
        empty={
          <EmptyState title={t('empty.title')} text={t('empty.text')} actions={<NewButton />} />
        }
      />
    </>
  )
}

function useColumns(): Column<SimulationRow>[] {
  const { t } = useTranslation('simulations')
  const text = useRequestText()
  return [
    { key: 'name', header: t('column.name'), wrap: true, cell: (row) => text.title(row.request) },
    { key: 'on', header: t('column.on'), cell: (row) => text.ground(row.request) },
    { key: 'rules', header: t('column.rules'), wrap: true, cell: (row) => text.rules(row.request) },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) => <StatusBadge tone={tones[row.state]} word={t(`state.${row.state}`)} />,
    },
    { key: 'author', header: t('column.author'), cell: (row) => row.author },
    { key: 'when', header: t('column.when'), cell: (row) => <When at={row.created_at} /> },
  ]
}
