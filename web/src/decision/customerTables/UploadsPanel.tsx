import { Anchor } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  type Column,
  ConfirmButton,
  DataTable,
  EmptyState,
  ErrorPanel,
  Panel,
  StatusBadge,
  useFormat,
  When,
} from '../../ui'
import { rejectsFile, type Upload, uploadPages, useDiscard } from './tables'

/** What was uploaded by whom, and which rows nobody could use. */
export function UploadsPanel({ table }: { table: string }) {
  const { t } = useTranslation('customer_tables')
  const uploads = useInfiniteQuery(uploadPages(table))
  return (
    <Panel title={t('uploads.title')}>
      <DataTable
        label={t('uploads.title')}
        columns={useColumns(table)}
        rows={uploads}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('uploads.none')} text={t('uploads.none_text')} />}
      />
    </Panel>
  )
}

function useColumns(table: string): Column<Upload>[] {
  const { t } = useTranslation('customer_tables')
  const format = useFormat()
  const may = useMay()
  return [
    {
      key: 'name',
      header: t('uploads.name'),
      wrap: true,
      cell: (row) => (
        <>
          {row.name} {row.state === 'open' && <StatusBadge tone="warn" word={t('uploads.open')} />}
        </>
      ),
    },
    {
      key: 'accepted',
      header: t('uploads.accepted'),
      align: 'end',
      cell: (row) => format.number(row.accepted_count),
    },
    {
      key: 'rejected',
      header: t('uploads.rejected'),
      align: 'end',
      cell: (row) =>
        row.rejected_count > 0 && may('edit_offers') ? (
          <Anchor href={rejectsFile(table, row.id)} download title={t('uploads.report')}>
            {format.number(row.rejected_count)} · {t('uploads.download')}
          </Anchor>
        ) : (
          format.number(row.rejected_count)
        ),
    },
    { key: 'author', header: t('uploads.author'), cell: (row) => row.author },
    { key: 'at', header: t('uploads.at'), cell: (row) => <When at={row.updated_at} /> },
    {
      key: 'discard',
      header: '',
      align: 'end',
      cell: (row) => (row.state === 'open' && may('edit_offers') ? <Discard upload={row} /> : null),
    },
  ]
}

function Discard({ upload }: { upload: Upload }) {
  const { t } = useTranslation('customer_tables')
  const discard = useDiscard()
  return (
    <>
      <ConfirmButton
        size="compact-xs"
        label={t('uploads.discard')}
        title={t('uploads.discard_title')}
        text={t('uploads.discard_text', { name: upload.name })}
        confirm={t('uploads.discard')}
        danger
        onConfirm={() => discard.mutate({ path: { key: upload.table, upload_id: upload.id } })}
      />
      {discard.error && <ErrorPanel error={discard.error} />}
    </>
  )
}
