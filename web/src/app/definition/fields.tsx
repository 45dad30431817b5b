import {
  Checkbox,
  Group,
  MultiSelect,
  NativeSelect,
  NumberInput,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { useForm } from './form'
import classes from './form.module.css'
import { useFieldLabel } from './labels'

export type FieldProps = {
  path: string
  label: string
  hint?: string
  required?: boolean
}

export const channels = [
  'web',
  'email',
  'sms',
  'push',
  'call_center',
  'point_of_sale',
  'direct_mail',
] as const

function useField({ path, label, hint, required }: FieldProps) {
  const form = useForm()
  useFieldLabel(path, label)
  return {
    form,
    looks: {
      label,
      description: hint,
      error: form.error(path),
      'data-path': path,
      withAsterisk: required,
    },
  }
}

/** One line of text; an empty one is left out unless the field is required. */
export function TextField(
  props: FieldProps & { placeholder?: string; type?: 'text' | 'url' | 'time' | 'date' },
) {
  const { form, looks } = useField(props)
  return (
    <TextInput
      {...looks}
      type={props.type ?? 'text'}
      placeholder={props.placeholder}
      readOnly={form.readOnly}
      value={form.text(props.path)}
      onChange={(event) => {
        const text = event.currentTarget.value
        form.set(props.path, text || props.required ? text : undefined)
      }}
    />
  )
}

/** Several lines of text. */
export function LongTextField(props: FieldProps & { rows?: number }) {
  const { form, looks } = useField(props)
  return (
    <Textarea
      {...looks}
      rows={props.rows ?? 3}
      readOnly={form.readOnly}
      value={form.text(props.path)}
      onChange={(event) => form.set(props.path, event.currentTarget.value)}
    />
  )
}

type Range = { min?: number; max?: number; unit?: string }

/** Says that a number is out of its range as the field shows it, which may not be as it is stored. */
function useRange(path: string, shown: number | undefined, { min, max, unit }: Range) {
  const { hold } = useForm()
  const problem = useMemo(() => {
    if (shown === undefined || min === undefined || max === undefined) return null
    if (shown >= min && shown <= max) return null
    const [value, low, high] = [shown, min, max].map((one) => (unit ? `${one} ${unit}` : one))
    const message = `${value} is not between ${low} and ${high}`
    return { path, message, code: 'out_of_range', values: { value, low, high } }
  }, [path, shown, min, max, unit])
  useEffect(() => {
    hold(path, problem)
    return () => hold(path, null)
  }, [hold, path, problem])
}

/** A number as it is shown: the stored one times `scale`. */
export function NumberField(
  props: FieldProps & Range & { scale?: number; digits?: number; placeholder?: string },
) {
  const { form, looks } = useField(props)
  const scale = props.scale ?? 1
  const stored = form.number(props.path)
  const digits = props.digits ?? 0
  const shown = stored === undefined ? undefined : round(stored * scale)
  useRange(props.path, shown, props)
  return (
    <NumberInput
      {...looks}
      hideControls
      readOnly={form.readOnly}
      value={shown ?? ''}
      suffix={props.unit ? ` ${props.unit}` : undefined}
      min={props.min}
      max={props.max}
      // What is too much or too little stays as it was typed, and the check says so.
      clampBehavior="none"
      decimalScale={digits}
      placeholder={props.placeholder}
      onChange={(typed) => {
        const number = typeof typed === 'number' ? typed : Number.parseFloat(typed)
        const empty = typed === '' || Number.isNaN(number)
        const missing = props.required ? 0 : undefined
        const next = empty ? missing : round(number / scale)
        if (next !== stored) form.set(props.path, next)
      }}
    />
  )
}

/** Removes what binary fractions add at the end. */
const round = (value: number) => Math.round(value * 1e9) / 1e9

/** A fraction, shown in per cent. */
export function PercentField(props: FieldProps & { placeholder?: string }) {
  return <NumberField {...props} scale={100} digits={2} min={0} max={100} unit="%" />
}

/** An amount in minor units, shown in the currency's own. */
export function MoneyField({ currency, ...props }: FieldProps & { currency: string }) {
  const digits = minorDigits(currency)
  return <NumberField {...props} scale={1 / 10 ** digits} digits={digits} unit={currency} />
}

function minorDigits(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency })
    return format.resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/** What is retired can be chosen no more; where it was chosen before, it is still shown. */
export type Choice = { value: string; label: string; retired?: boolean }

/** What a field offers beside what is chosen in it. */
export function offered(choices: Choice[], chosen: string[]): { value: string; label: string }[] {
  const shown = choices.filter((one) => !one.retired || chosen.includes(one.value))
  const unknown = chosen.filter((one) => one && !choices.some((choice) => choice.value === one))
  return [
    ...shown.map(({ value, label }) => ({ value, label })),
    ...unknown.map((value) => ({ value, label: value })),
  ]
}

/**
 * One of several; `none` offers to leave it out, `otherwise` is what holds, and is shown, where
 * nothing is said.
 */
export function ChoiceField(
  props: FieldProps & { choices: Choice[]; none?: string; otherwise?: string },
) {
  const { form, looks } = useField(props)
  const value = form.text(props.path) || props.otherwise || ''
  const choices = offered(props.choices, [value])
  const none = props.none ?? (value ? undefined : '–')
  return (
    <NativeSelect
      {...looks}
      disabled={form.readOnly}
      value={value}
      data={none === undefined ? choices : [{ value: '', label: none }, ...choices]}
      onChange={(event) => form.set(props.path, event.currentTarget.value || undefined)}
    />
  )
}

/** Some of the channels; with `all`, none chosen means all and is left out. */
export function ChannelsField(props: FieldProps & { all?: boolean }) {
  const { form, looks } = useField(props)
  const word = useWord()
  return (
    <Checkbox.Group
      size="xs"
      {...looks}
      value={form.texts(props.path)}
      onChange={(chosen) => {
        const inOrder = channels.filter((one) => chosen.includes(one))
        form.set(props.path, inOrder.length === 0 && props.all ? undefined : inOrder)
      }}
    >
      <Group gap="10px 16px" mt={4}>
        {channels.map((channel) => (
          <Checkbox
            key={channel}
            value={channel}
            label={word('channel', channel)}
            disabled={form.readOnly}
          />
        ))}
      </Group>
    </Checkbox.Group>
  )
}

/** A list of texts; with `all`, an empty one means all and is left out. */
export function TagsField(props: FieldProps & { suggestions?: string[]; all?: boolean }) {
  const { form, looks } = useField(props)
  return (
    <TagsInput
      {...looks}
      readOnly={form.readOnly}
      data={props.suggestions}
      splitChars={[',', ';', '\n']}
      acceptValueOnBlur
      value={form.texts(props.path)}
      onChange={(next) => form.set(props.path, next.length === 0 && props.all ? undefined : next)}
    />
  )
}

/** Some of a known list, for example keys of other definitions. */
export function PickField(
  props: FieldProps & { choices: Choice[]; all?: boolean; placeholder?: string },
) {
  const { form, looks } = useField(props)
  const { t } = useTranslation('definition')
  const chosen = form.texts(props.path)
  return (
    <MultiSelect
      {...looks}
      searchable
      readOnly={form.readOnly}
      placeholder={chosen.length === 0 ? props.placeholder : undefined}
      nothingFoundMessage={t('nothing_found')}
      data={offered(props.choices, chosen)}
      value={chosen}
      onChange={(next) => form.set(props.path, next.length === 0 && props.all ? undefined : next)}
    />
  )
}

export function SwitchField(props: FieldProps) {
  const { form, looks } = useField(props)
  return (
    <Switch
      label={looks.label}
      description={looks.description}
      error={looks.error}
      data-path={props.path}
      disabled={form.readOnly}
      checked={form.value(props.path) === true}
      onChange={(event) => form.set(props.path, event.currentTarget.checked)}
    />
  )
}

/** An instant, shown and entered in the zone of this browser. */
export function InstantField(props: FieldProps) {
  const { form, looks } = useField(props)
  return (
    <TextInput
      {...looks}
      type="datetime-local"
      readOnly={form.readOnly}
      value={localOf(form.text(props.path))}
      onChange={(event) => {
        const at = Date.parse(event.currentTarget.value)
        form.set(props.path, Number.isNaN(at) ? undefined : new Date(at).toISOString())
      }}
    />
  )
}

function localOf(instant: string): string {
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** What it is called, in both languages. */
export function NameField() {
  const { t } = useTranslation('definition')
  useFieldLabel('/name', t('name'))
  return (
    <div className={classes.pair} data-path="/name">
      <TextField path="/name/en" label={t('name_en')} required />
      <TextField path="/name/zh" label={t('name_zh')} />
    </div>
  )
}
