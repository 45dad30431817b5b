import { NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui'
import classes from './ImportPage.module.css'
import { type Column, type Field, type Mapping, withField } from './imports'

const kinds = ['auto', 'text', 'number', 'boolean', 'time'] as const

/** One row per column of the file: where its value goes, under which name, of which type. */
export function ColumnsTable({
  columns,
  mapping,
  edit,
  error,
}: {
  columns: Column[]
  mapping: Mapping
  edit: (mapping: Mapping) => void
  error: (path: string, below?: boolean) => string | undefined
}) {
  const { t } = useTranslation('imports')
  const fields = mapping.fields ?? []
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('columns.title')}>
      <table className={classes.table}>
        <caption className={classes.off}>{t('columns.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('columns.column')}</th>
            <th scope="col">{t('columns.to')}</th>
            <th scope="col">{t('columns.name')}</th>
            <th scope="col">{t('columns.kind')}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => {
            const place = fields.findIndex((field) => field.column === column.name)
            return (
              <ColumnRow
                key={column.name}
                column={column}
                field={fields[place] ?? null}
                mapping={mapping}
                error={error(`/fields/${place}`, true)}
                change={(field) => edit(withField(mapping, column.name, field))}
              />
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** What else the column says, for example who the customer is. */
function useUse(): (column: string, mapping: Mapping) => string | null {
  const { t } = useTranslation('imports')
  return (column, mapping) => {
    if (mapping.user_id === column) return t('use.user_id')
    if (mapping.anonymous_id === column) return t('use.anonymous_id')
    if (mapping.time?.column === column) return t('use.time')
    if (mapping.event?.column === column) return t('use.event')
    if (mapping.message_id === column) return t('use.message_id')
    return mapping.group?.column === column ? t('use.group') : null
  }
}

function ColumnRow({
  column,
  field,
  mapping,
  error,
  change,
}: {
  column: Column
  field: Field | null
  mapping: Mapping
  error: string | undefined
  change: (field: Field | null) => void
}) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const use = useUse()(column.name, mapping)
  const places: Field['to'][] =
    mapping.as === 'customers'
      ? ['attribute']
      : ['property', ...(mapping.group ? (['line'] as const) : []), 'attribute']
  const choose = (value: string) => {
    const to = places.find((one) => one === value)
    if (!to) return change(null)
    change({ kind: 'auto', name: column.name, ...field, column: column.name, to })
  }
  return (
    <tr>
      <th scope="row">
        <b>{column.name}</b>
        {use && <span className={classes.use}>{use}</span>}
        <span className={classes.examples}>
          {t('columns.facts', {
            filled: format.percent(column.filled),
            examples: column.examples.slice(0, 3).join(' · ') || '–',
          })}
        </span>
      </th>
      <td>
        <NativeSelect
          aria-label={t('columns.to_of', { column: column.name })}
          value={field?.to ?? ''}
          data={[
            { value: '', label: use ? t('to.nothing_else') : t('to.nothing') },
            ...places.map((value) => ({ value, label: t(`to.${value}`) })),
          ]}
          onChange={(event) => choose(event.currentTarget.value)}
        />
      </td>
      <td>
        {field && (
          <TextInput
            aria-label={t('columns.name_of', { column: column.name })}
            value={field.name}
            error={error}
            maxLength={100}
            onChange={(event) => change({ ...field, name: event.currentTarget.value })}
          />
        )}
      </td>
      <td>
        {field && (
          <NativeSelect
            aria-label={t('columns.kind_of', { column: column.name })}
            value={field.kind ?? 'auto'}
            data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(event) => {
              const kind = kinds.find((one) => one === event.currentTarget.value)
              if (kind) change({ ...field, kind })
            }}
          />
        )}
      </td>
    </tr>
  )
}
