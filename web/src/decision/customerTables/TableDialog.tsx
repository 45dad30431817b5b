import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dateOf, ErrorPanel, endOfDay, useFieldErrors } from '../../ui'
import { type CustomerTable, kindOf, kinds, useChangeTable, useCreate } from './tables'

const keyOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')

/** Makes a table, or changes title, owner and end of one. */
export function TableDialog({
  table,
  close,
  made,
}: {
  table?: CustomerTable
  close: () => void
  made?: (table: CustomerTable) => void
}) {
  const { t } = useTranslation(['customer_tables', 'definition', 'ui'])
  const create = useCreate()
  const change = useChangeTable()
  const [title, setTitle] = useState(table?.title ?? '')
  const [key, setKey] = useState<string | null>(null)
  const [kind, setKind] = useState(table?.kind ?? 'assignments')
  const [owner, setOwner] = useState(table?.owner ?? '')
  const [until, setUntil] = useState(table?.expires_at ? dateOf(Date.parse(table.expires_at)) : '')
  const failure = create.error ?? change.error
  const said = useFieldErrors(failure)
  const [tried, setTried] = useState(false)
  const missing: Record<string, string | false> = {
    '/title': !title.trim() && t('missing.title'),
    '/key': !table && !(key ?? keyOf(title)) && t('definition:key_missing'),
    '/owner': !owner.trim() && t('missing.owner'),
  }
  const error = (path: string) => (tried && missing[path]) || said.error(path)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.values(missing).some(Boolean)) return
    const expires_at = endOfDay(until) ?? null
    if (table) {
      const body = { title, owner, expires_at }
      change.mutate({ path: { key: table.key }, body }, { onSuccess: close })
      return
    }
    const body = { key: key ?? keyOf(title), title, kind, owner, expires_at }
    create.mutate({ body }, { onSuccess: (table) => made?.(table) })
  }
  return (
    <Modal opened onClose={close} title={table ? t('edit') : t('create')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {failure && failure.errors.length === 0 && <ErrorPanel error={failure} />}
          <TextInput
            label={t('name')}
            data-autofocus
            withAsterisk
            value={title}
            error={error('/title')}
            onChange={(event) => {
              setTitle(event.currentTarget.value)
              said.changed('/title', ...(key === null ? ['/key'] : []))
            }}
          />
          {!table && (
            <>
              <TextInput
                label={t('key')}
                description={t('definition:key_hint')}
                withAsterisk
                value={key ?? keyOf(title)}
                error={error('/key')}
                onChange={(event) => {
                  setKey(event.currentTarget.value)
                  said.changed('/key')
                }}
              />
              <NativeSelect
                label={t('column.kind')}
                description={t(`kind_text.${kind}`)}
                value={kind}
                data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
                onChange={(event) => setKind(kindOf(event.currentTarget.value))}
              />
            </>
          )}
          <TextInput
            label={t('column.owner')}
            description={t('owner_hint')}
            withAsterisk
            value={owner}
            error={error('/owner')}
            onChange={(event) => {
              setOwner(event.currentTarget.value)
              said.changed('/owner')
            }}
          />
          <TextInput
            type="date"
            label={t('until')}
            description={t('until_hint')}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={create.isPending || change.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
