import { NativeSelect, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEventName } from '../../locales/words'
import {
  type Dimension,
  dimensionChoices,
  dimensionKey,
  dimensionOf,
  type Measure,
  measureChoices,
  measuredEvents,
  measureKey,
  measureOf,
  measureOfEvents,
} from './dimension'
import { Conditions } from './EventsField'
import classes from './Explore.module.css'
import type { Vocabulary } from './question'

/** What customers are told apart by. */
export function DimensionField({
  label,
  value,
  onChange,
  vocabulary,
  optional,
}: {
  label: string
  value: Dimension | undefined | null
  onChange: (dimension: Dimension | undefined) => void
  vocabulary: Vocabulary
  optional?: boolean
}) {
  const { t } = useTranslation('explore')
  const choices = dimensionChoices(vocabulary, {
    attributes: t('by.attributes'),
    often: t('by.often'),
    propertyOf: (event) => t('by.property', { event }),
    event: useEventName(),
  })
  const key = dimensionKey(value)
  const known = choices.some(({ items }) => items.some((one) => one.value === key))
  const last = key.split('\u001f').at(-1) ?? ''
  const data =
    known || !key ? choices : [{ group: label, items: [{ value: key, label: last }] }, ...choices]
  return (
    <Select
      label={label}
      searchable
      clearable={optional}
      allowDeselect={Boolean(optional)}
      placeholder={optional ? t('by.nothing') : undefined}
      data={data}
      value={key || null}
      onChange={(chosen) => onChange(dimensionOf(chosen ?? ''))}
      className={classes.field}
      limit={200}
    />
  )
}

/** What is measured. */
export function MeasureField({
  value,
  onChange,
  vocabulary,
  withEveryone,
}: {
  value: Measure | undefined
  onChange: (measure: Measure) => void
  vocabulary: Vocabulary
  withEveryone: boolean
}) {
  const { t } = useTranslation('explore')
  const data = measureChoices(
    vocabulary,
    {
      customers: t('measure.customers'),
      everyone: t('measure.everyone'),
      doing: t('measure.doing'),
      events: t('measure.events'),
      sum: t('measure.sum'),
      average: t('measure.average'),
      distinct: t('measure.distinct'),
      event: useEventName(),
    },
    withEveryone,
  )
  const of = measuredEvents(value)
  const choose = (key: string) => {
    const chosen = measureOf(key)
    const same = of && measuredEvents(chosen)?.event === of.event
    onChange(same ? measureOfEvents(chosen, of) : chosen)
  }
  return (
    <div className={classes.events}>
      <Select
        label={t('measure.label')}
        searchable
        allowDeselect={false}
        data={data}
        value={measureKey(value)}
        onChange={(chosen) => chosen && choose(chosen)}
        limit={200}
      />
      {value && of && (
        <Conditions
          value={of}
          vocabulary={vocabulary}
          onChange={(next) => onChange(measureOfEvents(value, next))}
        />
      )}
    </div>
  )
}

const units = ['hour', 'day', 'week', 'month'] as const
export type Unit = (typeof units)[number]

export function UnitField({ value, onChange }: { value: Unit; onChange: (unit: Unit) => void }) {
  const { t } = useTranslation('explore')
  return (
    <NativeSelect
      label={t('unit.label')}
      data={units.map((unit) => ({ value: unit, label: t(`unit.${unit}`) }))}
      value={value}
      onChange={(event) => {
        const unit = units.find((one) => one === event.currentTarget.value)
        if (unit) onChange(unit)
      }}
    />
  )
}
