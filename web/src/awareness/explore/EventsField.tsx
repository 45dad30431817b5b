import { ActionIcon, Button, NativeSelect, Select, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEventName } from '../../locales/words'
import { Icon } from '../../ui'
import { type Operator, operatorOf, operators, typedValue, written } from './condition'
import classes from './Explore.module.css'
import type { Events, Vocabulary } from './question'

/** An event, narrowed by its properties. */
export function EventsField({
  label,
  value,
  onChange,
  vocabulary,
  onRemove,
}: {
  label: string
  value: Events
  onChange: (events: Events) => void
  vocabulary: Vocabulary
  onRemove?: () => void
}) {
  const { t } = useTranslation('explore')
  const eventName = useEventName()
  const known = vocabulary.events.map((one) => one.name)
  const names = known.includes(value.event) || !value.event ? known : [value.event, ...known]
  return (
    <div className={classes.events}>
      <div className={classes.row}>
        <Select
          label={label}
          searchable
          allowDeselect={false}
          data={names.map((one) => ({ value: one, label: eventName(one) }))}
          value={value.event || null}
          onChange={(event) => event && onChange({ event })}
          className={classes.grow}
          limit={100}
        />
        {onRemove && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('remove', { name: eventName(value.event) })}
            onClick={onRemove}
          >
            <Icon name="cross" size={14} />
          </ActionIcon>
        )}
      </div>
      <Conditions value={value} onChange={onChange} vocabulary={vocabulary} />
    </div>
  )
}

/** What the properties of events must be. */
export function Conditions({
  value,
  onChange,
  vocabulary,
}: {
  value: Events
  onChange: (events: Events) => void
  vocabulary: Vocabulary
}) {
  const { t } = useTranslation('explore')
  const tests = value.where ?? []
  const properties = vocabulary.events.find((one) => one.name === value.event)?.properties ?? []
  const paths = properties.map((one) => one.path)
  const set = (where: Record<string, unknown>[]) =>
    onChange(where.length > 0 ? { event: value.event, where } : { event: value.event })
  return (
    <>
      {tests.map((test, place) => (
        <Condition
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no name of their own.
          key={place}
          test={test}
          paths={paths}
          onChange={(next) => set(tests.map((one, at) => (at === place ? next : one)))}
          onRemove={() => set(tests.filter((_, at) => at !== place))}
        />
      ))}
      {paths.length > 0 && tests.length < 5 && (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => set([...tests, { property: paths[0], exists: true }])}
        >
          {t('where')}
        </Button>
      )}
    </>
  )
}

function Condition({
  test,
  paths,
  onChange,
  onRemove,
}: {
  test: Record<string, unknown>
  paths: string[]
  onChange: (test: Record<string, unknown>) => void
  onRemove: () => void
}) {
  const { t } = useTranslation('explore')
  const property = String(test.property ?? '')
  const operator = operatorOf(test)
  const remove = (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t('condition.remove', { name: property })}
      onClick={onRemove}
    >
      <Icon name="cross" size={14} />
    </ActionIcon>
  )
  if (!operator) {
    return (
      <div className={classes.condition}>
        <code>{written(test)}</code>
        {remove}
      </div>
    )
  }
  const text = operator === 'exists' ? '' : String(test[operator] ?? '')
  const next = (path: string, by: Operator, value: string) =>
    onChange({ property: path, [by]: typedValue(by, value) })
  return (
    <div className={classes.condition}>
      <NativeSelect
        aria-label={t('condition.property')}
        data={paths.includes(property) ? paths : [property, ...paths]}
        value={property}
        onChange={(event) => next(event.currentTarget.value, operator, text)}
      />
      <NativeSelect
        aria-label={t('condition.operator')}
        data={operators.map((value) => ({ value, label: t(`operator.${value}`) }))}
        value={operator}
        onChange={(event) => {
          const chosen = operators.find((one) => one === event.currentTarget.value)
          if (chosen) next(property, chosen, text)
        }}
      />
      {operator !== 'exists' && (
        <TextInput
          aria-label={t('condition.value')}
          defaultValue={text}
          key={`${property} ${operator}`}
          onBlur={(event) => next(property, operator, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') next(property, operator, event.currentTarget.value)
          }}
        />
      )}
      {remove}
    </div>
  )
}
