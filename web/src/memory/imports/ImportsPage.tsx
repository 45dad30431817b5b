import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  type Column,
  DataTable,
  EmptyState,
  PageHeader,
  StatusBadge,
  useFormat,
  When,
} from '../../ui'
import { Bar } from './Bar'
import { type Import, importsPages, moves, shareOf, tones } from './imports'
import { MappingsPanel } from './MappingsPanel'
import { importPath } from './nav'
import { UploadPanel } from './UploadPanel'

export default function ImportsPage() {
  const { t } = useTranslation('imports')
  const may = useMay()
  const navigate = useNavigate()
  const rows = useInfiniteQuery({
    ...importsPages(),
    refetchInterval: ({ state }) => {
      const all = state.data?.pages.flatMap((page) => page.items) ?? []
      return all.some((one) => moves(one.state)) ? 1_500 : false
    },
  })
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      {may('edit_data') && <UploadPanel uploaded={(one) => navigate({ to: importPath(one.id) })} />}
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => importPath(row.id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
      />
      <MappingsPanel />
    </>
  )
}

function useColumns(): Column<Import>[] {
  const { t } = useTranslation('imports')
  const format = useFormat()
  return [
    { key: 'name', header: t('column.file'), cell: (row) => row.name },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) => <StatusBadge tone={tones[row.state]} word={t(`state.${row.state}`)} />,
    },
    {
      key: 'progress',
      header: t('column.progress'),
      width: 160,
      cell: (row) =>
        moves(row.state) ? <Bar share={shareOf(row)} label={t('progress.title')} /> : null,
    },
    {
      key: 'accepted',
      header: t('column.accepted'),
      align: 'end',
      cell: (row) => (row.mapping ? format.number(row.progress.accepted) : '–'),
    },
    {
      key: 'rejected',
      header: t('column.rejected'),
      align: 'end',
      cell: (row) => (row.mapping ? format.number(row.progress.rejected_rows) : '–'),
    },
    { key: 'by', header: t('column.author'), cell: (row) => row.author },
    { key: 'when', header: t('column.uploaded'), cell: (row) => <When at={row.created_at} /> },
  ]
}
