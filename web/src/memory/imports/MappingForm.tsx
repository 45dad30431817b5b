import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './ImportPage.module.css'
import { type Column, type Mapping, withGroup, withTarget } from './imports'

type Part = {
  columns: Column[]
  mapping: Mapping
  edit: (mapping: Mapping) => void
  error: (path: string, below?: boolean) => string | undefined
}

/** Who, what and when: the questions a file must answer before its other columns count. */
export function MappingForm(props: Part) {
  const { t } = useTranslation('imports')
  const { mapping, edit } = props
  const events = mapping.as === 'events'
  return (
    <>
      <SegmentedControl
        aria-label={t('mapping.target')}
        mb="sm"
        className={classes.target}
        value={mapping.as}
        data={[
          { value: 'events', label: t('mapping.events') },
          { value: 'customers', label: t('mapping.customers') },
        ]}
        onChange={(target) => edit(withTarget(mapping, target))}
      />
      <div className={classes.form}>
        <Who {...props} />
        {events && <What {...props} />}
        <When {...props} />
      </div>
      <Exceptions {...props} />
    </>
  )
}

/** A select over the columns of the file. */
function ColumnField({
  label,
  hint,
  none,
  columns,
  value,
  error,
  choose,
}: {
  label: string
  hint?: string
  none: string
  columns: Column[]
  value: string | null | undefined
  error: string | undefined
  choose: (column: string) => void
}) {
  return (
    <NativeSelect
      label={label}
      description={hint}
      value={value ?? ''}
      error={error}
      data={[{ value: '', label: none }, ...columns.map((column) => column.name)]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}

function Who({ columns, mapping, edit, error }: Part) {
  const { t } = useTranslation('imports')
  const none = t('mapping.no_column')
  return (
    <>
      <ColumnField
        label={t('mapping.user_id')}
        none={none}
        columns={columns}
        value={mapping.user_id}
        error={error('/user_id')}
        choose={(column) => edit({ ...mapping, user_id: column || null })}
      />
      <ColumnField
        label={t('mapping.anonymous_id')}
        none={none}
        columns={columns}
        value={mapping.anonymous_id}
        error={error('/anonymous_id')}
        choose={(column) => edit({ ...mapping, anonymous_id: column || null })}
      />
      <NativeSelect
        label={t('mapping.unidentified')}
        value={mapping.unidentified ?? 'reject'}
        data={[
          { value: 'reject', label: t('mapping.reject') },
          { value: 'anonymous', label: t('mapping.anonymous') },
        ]}
        onChange={(event) =>
          edit({
            ...mapping,
            unidentified: event.currentTarget.value === 'anonymous' ? 'anonymous' : 'reject',
          })
        }
      />
    </>
  )
}

function What({ columns, mapping, edit, error }: Part) {
  const { t } = useTranslation('imports')
  const event = mapping.event ?? {}
  return (
    <>
      <ColumnField
        label={t('mapping.event_column')}
        none={t('mapping.one_name')}
        columns={columns}
        value={event.column}
        error={error('/event/column')}
        choose={(column) => edit({ ...mapping, event: { ...event, column: column || null } })}
      />
      {!event.column && (
        <TextInput
          label={t('mapping.event_name')}
          value={event.name ?? ''}
          error={error('/event')}
          maxLength={100}
          onChange={(change) =>
            edit({ ...mapping, event: { ...event, name: change.currentTarget.value } })
          }
        />
      )}
      <ColumnField
        label={t('mapping.group')}
        none={t('mapping.no_group')}
        columns={columns}
        value={mapping.group?.column}
        error={error('/group', true)}
        choose={(column) => edit(withGroup(mapping, column))}
      />
    </>
  )
}

const formats = ['iso', 'day_first', 'month_first', 'unix_seconds', 'unix_millis'] as const

function When({ columns, mapping, edit, error }: Part) {
  const { t } = useTranslation('imports')
  const { time } = mapping
  return (
    <>
      <ColumnField
        label={t('mapping.time')}
        none={t('mapping.now')}
        columns={columns}
        value={time?.column}
        error={error('/time/column')}
        choose={(column) => edit({ ...mapping, time: column ? { ...time, column } : null })}
      />
      {time && (
        <>
          <NativeSelect
            label={t('mapping.time_format')}
            value={time.format ?? 'iso'}
            data={formats.map((value) => ({ value, label: t(`time_format.${value}`) }))}
            onChange={(event) => {
              const format = formats.find((one) => one === event.currentTarget.value)
              if (format) edit({ ...mapping, time: { ...time, format } })
            }}
          />
          <TextInput
            label={t('mapping.zone')}
            value={time.zone ?? 'UTC'}
            error={error('/time/zone')}
            onChange={(event) =>
              edit({ ...mapping, time: { ...time, zone: event.currentTarget.value } })
            }
          />
        </>
      )}
    </>
  )
}

/** Rules and constants in sentences; they are written as JSON and can be dropped here. */
function Exceptions({ mapping, edit }: Part) {
  const { t } = useTranslation('imports')
  const rules = mapping.event?.rules ?? []
  const constants = Object.entries(mapping.constants ?? {})
  if (rules.length + constants.length === 0) return null
  const without = (place: number) => rules.filter((_, at) => at !== place)
  const sentence = (rule: (typeof rules)[number]) => {
    const { column } = rule
    const when =
      rule.starts_with != null
        ? t('rule.starts', { column, value: rule.starts_with })
        : t('rule.equals', { column, value: rule.equals ?? '' })
    const effects = [
      rule.skip && t('rule.skip'),
      rule.name && t('rule.name', { name: rule.name }),
      rule.negate?.length && t('rule.negate', { fields: rule.negate.join(', ') }),
    ]
    return t('rule.sentence', { when, effect: effects.filter(Boolean).join(t('rule.and')) })
  }
  return (
    <ul className={classes.exceptions}>
      {rules.map((rule, place) => (
        <li key={JSON.stringify(rule)}>
          {sentence(rule)}
          <Button
            variant="subtle"
            aria-label={t('rule.drop_one', { rule: sentence(rule) })}
            onClick={() => edit({ ...mapping, event: { ...mapping.event, rules: without(place) } })}
          >
            {t('rule.drop')}
          </Button>
        </li>
      ))}
      {constants.map(([name, value]) => (
        <li key={name}>
          {t('rule.constant', { name, value: String(value) })}
          <Button
            variant="subtle"
            aria-label={t('rule.drop_one', { rule: name })}
            onClick={() => {
              const rest = constants.filter(([other]) => other !== name)
              edit({ ...mapping, constants: Object.fromEntries(rest) })
            }}
          >
            {t('rule.drop')}
          </Button>
        </li>
      ))}
    </ul>
  )
}
