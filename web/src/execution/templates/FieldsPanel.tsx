import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Definition } from '../../app/definition'
import { type Column, DataTable, EmptyState, Panel, rowsOf, StatusBadge } from '../../ui'
import { fieldsQuery } from './templates'

type Field = { path: string; line: number; required: boolean }

/** Which data the saved version needs, and which it can do without. */
export function FieldsPanel({
  definition,
  language,
}: {
  definition: Definition | null
  language: string
}) {
  const { t } = useTranslation('templates')
  const used = useQuery({
    ...fieldsQuery(definition?.key ?? ''),
    queryKey: ['/api/templates/{key}/fields', definition?.key, definition?.version],
    enabled: definition !== null,
  })
  if (!definition) return null
  const fields = used.data?.find((one) => one.language === language)?.fields ?? []
  const columns: Column<Field>[] = [
    { key: 'path', header: t('fields.path'), cell: (row) => <code>{row.path}</code> },
    { key: 'line', header: t('fields.line'), align: 'end', cell: (row) => String(row.line) },
    {
      key: 'required',
      header: t('fields.without'),
      cell: (row) => (
        <StatusBadge
          tone={row.required ? 'warn' : 'good'}
          word={row.required ? t('fields.required') : t('fields.optional')}
        />
      ),
    },
  ]
  return (
    <Panel title={t('fields.title')}>
      <DataTable
        label={t('fields.title')}
        columns={columns}
        rows={{ ...rowsOf(fields), isPending: used.isPending, error: used.error }}
        rowKey={(row) => row.path}
        empty={<EmptyState title={t('fields.none')} />}
        bare
      />
    </Panel>
  )
}
