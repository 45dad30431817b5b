import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRefusal } from '../../app/definition'
import {
  ConfirmButton,
  EmptyState,
  ErrorPanel,
  Facts,
  PageHeader,
  Panel,
  Skeleton,
  useFormat,
  usePathParam,
  When,
} from '../../ui'
import { tablesPath } from './nav'
import { TableDialog } from './TableDialog'
import classes from './Tables.module.css'
import { type CustomerTable, tableQuery, useRemove } from './tables'
import { UploadPanel } from './UploadPanel'
import { UploadsPanel } from './UploadsPanel'

export default function TablePage() {
  const { t } = useTranslation('customer_tables')
  const key = usePathParam('key')
  const table = useQuery(tableQuery(key))
  const back = { to: tablesPath, label: t('title') }
  if (table.data) return <Known table={table.data} />
  return (
    <>
      <PageHeader title={key} back={back} />
      {table.isPending && <Skeleton lines={8} />}
      {table.error &&
        (table.error.status === 404 ? (
          <EmptyState title={t('gone.title')} text={t('gone.text')} />
        ) : (
          <ErrorPanel error={table.error} retry={() => table.refetch()} />
        ))}
    </>
  )
}

function Known({ table }: { table: CustomerTable }) {
  const { t } = useTranslation('customer_tables')
  const refusal = useRefusal('edit_offers')
  const format = useFormat()
  const [edited, edit] = useState(false)
  const ended = table.expires_at && Date.parse(table.expires_at) <= Date.now()
  return (
    <>
      <PageHeader
        title={table.title}
        back={{ to: tablesPath, label: t('title') }}
        lead={t(`kind_text.${table.kind}`)}
        actions={<Actions table={table} edit={() => edit(true)} refusal={refusal} />}
      />
      <div className={classes.columns}>
        <div className={classes.stack}>
          {refusal ? (
            <Panel title={t('upload.title')}>
              <p className={classes.soft}>{refusal}</p>
            </Panel>
          ) : (
            <UploadPanel table={table} />
          )}
          <UploadsPanel table={table.key} />
        </div>
        <Panel title={t('facts')}>
          <Facts
            facts={[
              { name: t('column.kind'), value: t(`kind.${table.kind}`) },
              { name: t('column.rows'), value: format.number(table.row_count) },
              { name: t('column.owner'), value: table.owner },
              {
                name: t('column.expires'),
                value: table.expires_at ? <When at={table.expires_at} /> : t('for_good'),
              },
              { name: t('made_by'), value: table.author },
              { name: t('column.changed'), value: <When at={table.updated_at} /> },
            ]}
          />
          {ended && <p className={classes.soft}>{t('ended')}</p>}
        </Panel>
      </div>
      {edited && <TableDialog table={table} close={() => edit(false)} />}
    </>
  )
}

function Actions({
  table,
  edit,
  refusal,
}: {
  table: CustomerTable
  edit: () => void
  refusal: string | undefined
}) {
  const { t } = useTranslation('customer_tables')
  const navigate = useNavigate()
  const remove = useRemove()
  return (
    <Group gap="xs">
      <Button variant="default" onClick={edit} disabled={Boolean(refusal)} title={refusal}>
        {t('edit')}
      </Button>
      <ConfirmButton
        label={t('remove')}
        disabledBecause={refusal}
        title={t('remove')}
        text={t('remove_question', { title: table.title })}
        confirm={t('remove')}
        danger
        onConfirm={() =>
          remove.mutate(
            { path: { key: table.key } },
            { onSuccess: () => navigate({ to: tablesPath }) },
          )
        }
      />
    </Group>
  )
}
