import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { MomentFields } from './MomentFields'
import { type Rule, without } from './rule'
import { NumberField } from './TestFields'

const kinds = ['ever', 'rolling', 'calendar', 'before', 'between'] as const
type WindowKind = (typeof kinds)[number]
const units = ['day', 'week', 'month', 'year'] as const
const day = 86_400_000

/** When it happened. */
export function WindowFields({ rule, set }: { rule: Rule; set: (rule: Rule) => void }) {
  const { t } = useTranslation('rule')
  const window = asWindow(rule.within)
  const kind = windowKind(window)
  const put = (next: Rule | null) =>
    set(next === null ? without(rule, 'within') : { ...without(rule, 'within'), within: next })
  return (
    <>
      <NativeSelect
        label={t('window.label')}
        value={kind}
        data={kinds.map((one) => ({ value: one, label: t(`window.${one}`) }))}
        onChange={(event) => put(fresh(event.currentTarget.value))}
      />
      {(kind === 'rolling' || kind === 'before') && (
        <NumberField
          label={t('days')}
          min={0}
          value={daysOf(window, kind)}
          set={(days) => put(ofDays(kind, days))}
        />
      )}
      {kind === 'calendar' && (
        <>
          <NativeSelect
            label={t('window.unit')}
            value={String(window?.calendar)}
            data={units.map((one) => ({ value: one, label: t(`unit.${one}`) }))}
            onChange={(event) => put({ ...window, calendar: event.currentTarget.value })}
          />
          <NumberField
            label={t('window.ago')}
            min={0}
            value={Number(window?.ago ?? 0)}
            set={(ago) => put({ calendar: window?.calendar ?? 'month', ago: Math.round(ago) })}
          />
        </>
      )}
      {kind === 'between' && (
        <>
          <MomentFields
            label={t('window.from')}
            value={window?.from}
            set={(from) => put({ ...window, from })}
          />
          <MomentFields
            label={t('window.until')}
            value={window?.until}
            set={(until) => put({ ...window, until })}
          />
        </>
      )}
    </>
  )
}

function asWindow(value: unknown): Rule | null {
  return value !== null && typeof value === 'object' ? { ...value } : null
}

function windowKind(window: Rule | null): WindowKind {
  if (!window) return 'ever'
  if ('calendar' in window) return 'calendar'
  if ('from' in window || 'until' in window) return 'between'
  return 'before_days' in window || 'before_ms' in window ? 'before' : 'rolling'
}

function fresh(kind: string): Rule | null {
  if (kind === 'rolling') return { rolling_days: 30 }
  if (kind === 'before') return { before_days: 90 }
  if (kind === 'calendar') return { calendar: 'month' }
  return kind === 'between' ? { from: { days_ago: 60 }, until: { days_ago: 30 } } : null
}

function daysOf(window: Rule | null, kind: 'rolling' | 'before'): number {
  const ms = window?.[`${kind}_ms`]
  return typeof ms === 'number' ? ms / day : Number(window?.[`${kind}_days`] ?? 0)
}

function ofDays(kind: 'rolling' | 'before', days: number): Rule {
  return Number.isInteger(days) ? { [`${kind}_days`]: days } : { [`${kind}_ms`]: days * day }
}
