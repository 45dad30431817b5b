import { Autocomplete, NativeSelect, NumberInput, TagsInput, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { MomentFields } from './MomentFields'
import {
  firstValue,
  type Operator,
  operatorOf,
  operatorsFor,
  type Rule,
  type ValueKind,
  withOperator,
} from './rule'

/** An operator and what it compares with. */
export function TestFields({
  rule,
  set,
  kind,
  values = [],
}: {
  rule: Rule
  set: (rule: Rule) => void
  /** The kind of the value that is tested; null when several were seen. */
  kind: ValueKind | null
  /** Frequent values to choose from. */
  values?: string[]
}) {
  const { t } = useTranslation('rule')
  const known = operatorsFor(kind)
  const operator = operatorOf(rule) ?? known[0] ?? 'exists'
  const offered = known.includes(operator) ? known : [operator, ...known]
  const missing = operator === 'exists' && rule.exists === false
  return (
    <>
      <NativeSelect
        label={t('operator.label')}
        value={missing ? 'missing' : operator}
        data={[
          ...offered.map((one) => ({ value: one, label: t(`operator.${one}`) })),
          { value: 'missing', label: t('operator.missing') },
        ]}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          if (chosen === 'missing') return set(withOperator(rule, 'exists', false))
          const next = offered.find((one) => one === chosen)
          if (next) set(withOperator(rule, next, kept(rule, operator, next, kind)))
        }}
      />
      {operator !== 'exists' && (
        <ValueField
          operator={operator}
          value={rule[operator]}
          set={(value) => set(withOperator(rule, operator, value))}
          kind={kind}
          values={values}
        />
      )}
    </>
  )
}

const numeric: Operator[] = ['greater', 'at_least', 'less', 'at_most', 'equals', 'not_equals']

/** A value survives a change of the operator where both mean the same kind of thing. */
function kept(rule: Rule, from: Operator, to: Operator, kind: ValueKind | null): unknown {
  const value = rule[from]
  if (numeric.includes(from) && numeric.includes(to) && typeof value === 'number') return value
  const texts: Operator[] = ['equals', 'not_equals', 'contains', 'starts_with']
  if (texts.includes(from) && texts.includes(to) && typeof value === 'string') return value
  if (to === 'one_of' || to === 'none_of') {
    if (Array.isArray(value)) return value
    return value === undefined || value === '' ? [] : [value]
  }
  if ((to === 'before' || to === 'after') && (from === 'before' || from === 'after')) return value
  return firstValue(to, kind)
}

function ValueField({
  operator,
  value,
  set,
  kind,
  values,
}: {
  operator: Operator
  value: unknown
  set: (value: unknown) => void
  kind: ValueKind | null
  values: string[]
}) {
  const { t } = useTranslation('rule')
  const label = t('value')
  if (operator === 'before' || operator === 'after') {
    return <MomentFields value={value} set={set} />
  }
  if (operator === 'between') {
    const [low, high] = Array.isArray(value) ? value : [0, 100]
    return (
      <>
        <NumberField label={t('low')} value={low} set={(next) => set([next, high])} />
        <NumberField label={t('high')} value={high} set={(next) => set([low, next])} />
      </>
    )
  }
  if (operator === 'one_of' || operator === 'none_of') {
    const chosen = Array.isArray(value) ? value.map(String) : []
    return (
      <TagsInput
        label={label}
        data={values}
        value={chosen}
        acceptValueOnBlur
        onChange={(next) =>
          set(kind === 'number' ? next.map(Number).filter((one) => !Number.isNaN(one)) : next)
        }
      />
    )
  }
  if (kind === 'boolean') {
    return (
      <NativeSelect
        label={label}
        value={String(value === true)}
        data={[
          { value: 'true', label: t('yes') },
          { value: 'false', label: t('no') },
        ]}
        onChange={(event) => set(event.currentTarget.value === 'true')}
      />
    )
  }
  const number = ['greater', 'at_least', 'less', 'at_most'].includes(operator)
  if (number || kind === 'number') return <NumberField label={label} value={value} set={set} />
  if (values.length > 0) {
    return <Autocomplete label={label} data={values} value={String(value ?? '')} onChange={set} />
  }
  return (
    <TextInput
      label={label}
      value={String(value ?? '')}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}

export function NumberField({
  label,
  value,
  set,
  min,
}: {
  label: string
  value: unknown
  set: (value: number) => void
  min?: number
}) {
  return (
    <NumberInput
      label={label}
      hideControls
      min={min}
      value={typeof value === 'number' ? value : ''}
      onChange={(next) => {
        const number = typeof next === 'number' ? next : Number.parseFloat(next)
        if (!Number.isNaN(number) && number !== value) set(number)
      }}
    />
  )
}
