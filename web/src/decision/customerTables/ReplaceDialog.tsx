import { Button, Group, Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, useFormat } from '../../ui'
import classes from './Tables.module.css'
import { type CustomerTable, type Upload, useDiscard } from './tables'

/** Asks before an upload takes most of a table away; otherwise the upload is discarded. */
export function ReplaceDialog({
  table,
  upload,
  replace,
  close,
}: {
  table: CustomerTable
  upload: Upload
  replace: (upload: Upload) => void
  close: () => void
}) {
  const { t } = useTranslation('customer_tables')
  const format = useFormat()
  const discard = useDiscard()
  const keep = () =>
    discard.mutate({ path: { key: table.key, upload_id: upload.id } }, { onSuccess: close })
  const counts = {
    now: format.number(table.row_count),
    count: upload.accepted_count,
    rejected: format.number(upload.rejected_count),
  }
  return (
    <Modal opened onClose={keep} title={t('replace.title')}>
      <div className={classes.stack}>
        <p>{t('replace.text', counts)}</p>
        {table.kind === 'denials' && <p>{t('replace.denials')}</p>}
        {discard.error && <ErrorPanel error={discard.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" loading={discard.isPending} onClick={keep}>
            {t('replace.keep')}
          </Button>
          <Button color="red" onClick={() => replace(upload)}>
            {t('replace.confirm')}
          </Button>
        </Group>
      </div>
    </Modal>
  )
}
