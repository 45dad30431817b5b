import { NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { NumberField } from './TestFields'

const forms = ['days_ago', 'days_ahead', 'date'] as const

/** A date, or so many days before or after now. */
export function MomentFields({
  value,
  set,
  label,
}: {
  value: unknown
  set: (value: unknown) => void
  label?: string
}) {
  const { t } = useTranslation('rule')
  const form = formOf(value)
  return (
    <>
      <NativeSelect
        label={label ?? t('moment.label')}
        value={form}
        data={forms.map((one) => ({ value: one, label: t(`moment.${one}`) }))}
        onChange={(event) => {
          const next = event.currentTarget.value
          set(next === 'date' ? new Date().toISOString().slice(0, 10) : { [next]: 30 })
        }}
      />
      {form === 'date' ? (
        <TextInput
          label={t('moment.date')}
          type="date"
          value={String(value ?? '').slice(0, 10)}
          onChange={(event) => event.currentTarget.value && set(event.currentTarget.value)}
        />
      ) : (
        <NumberField
          label={t('days')}
          min={0}
          value={daysOf(value)}
          set={(days) => set({ [form]: Math.round(days) })}
        />
      )}
    </>
  )
}

const day = 86_400_000

function formOf(value: unknown): (typeof forms)[number] {
  if (value === null || typeof value !== 'object') return 'date'
  return 'days_ahead' in value || 'ms_ahead' in value ? 'days_ahead' : 'days_ago'
}

function daysOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0
  const [entry] = Object.entries(value)
  const [key, amount] = entry ?? ['days_ago', 0]
  return key.startsWith('ms') ? Number(amount) / day : Number(amount)
}
