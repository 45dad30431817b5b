import { NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './Explore.module.css'
import { dayOf, startOfDay } from './zone'

export type Period = { from?: string | null; until?: string | null; days?: number | null }

const spans = ['7', '30', '90', '365'] as const

/** The first day of the month before, as the calendar on the reader's wall says it. */
export function firstOfLastMonth(now: Date): string {
  const first = new Date(now.getFullYear(), now.getMonth() - 1, 1)
  return `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, '0')}-01`
}

/** The last days, everything, or from a day until a day of a zone. */
export function PeriodField({
  value,
  onChange,
  zone,
  withEver = true,
}: {
  value: Period | undefined
  onChange: (period: Period) => void
  /** Where the days begin. */
  zone: string
  withEver?: boolean
}) {
  const { t } = useTranslation('explore')
  const fixed = Boolean(value?.from || value?.until)
  const chosen = value?.days ? String(value.days) : fixed ? 'fixed' : 'ever'
  const own = value?.days && !spans.some((span) => span === chosen) ? [chosen] : []
  const day = (moment: string | null | undefined) => (moment ? dayOf(moment, zone) : '')
  const moment = (text: string) => (text ? startOfDay(text, zone) : undefined)
  const choose = (next: string) => {
    if (next === 'ever') onChange({})
    else if (next === 'fixed') {
      onChange({ from: moment(firstOfLastMonth(new Date())) })
    } else onChange({ days: Number(next) })
  }
  return (
    <div className={classes.period}>
      <NativeSelect
        label={t('period.label')}
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          ...(withEver ? [{ value: 'ever', label: t('period.ever') }] : []),
          ...[...spans, ...own].map((days) => ({
            value: days,
            label: t('period.days', { count: Number(days) }),
          })),
          { value: 'fixed', label: t('period.fixed') },
        ]}
      />
      {fixed && (
        <>
          <TextInput
            type="date"
            label={t('period.from')}
            value={day(value?.from)}
            onChange={(event) => onChange({ ...value, from: moment(event.currentTarget.value) })}
          />
          <TextInput
            type="date"
            label={t('period.until')}
            value={day(value?.until)}
            onChange={(event) => onChange({ ...value, until: moment(event.currentTarget.value) })}
          />
        </>
      )}
    </div>
  )
}
