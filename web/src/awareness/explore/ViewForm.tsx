import { ActionIcon, Button, NativeSelect, NumberInput, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEventName } from '../../locales/words'
import { Icon } from '../../ui'
import { type Dimension, type Measure, ofMeasured } from './dimension'
import { Conditions, EventsField } from './EventsField'
import classes from './Explore.module.css'
import { DimensionField, MeasureField, UnitField } from './fields'
import type { Events, Of, View, Vocabulary } from './question'

type FormProps<K extends string> = {
  value: Of<View, K>
  onChange: (view: View) => void
  vocabulary: Vocabulary
}

/** What can be chosen of a view. */
export function ViewForm({
  view,
  onChange,
  vocabulary,
}: {
  view: View
  onChange: (view: View) => void
  vocabulary: Vocabulary
}) {
  const props = { onChange, vocabulary }
  if ('distribution' in view) return <DistributionForm value={view.distribution} {...props} />
  if ('cross_tab' in view) return <CrossTabForm value={view.cross_tab} {...props} />
  if ('funnel' in view) return <FunnelForm value={view.funnel} {...props} />
  if ('cohort' in view) return <CohortForm value={view.cohort} {...props} />
  if ('rfm' in view) return <RfmForm value={view.rfm} {...props} />
  if ('series' in view) return <SeriesForm value={view.series} {...props} />
  return <PathsForm value={view.paths} {...props} />
}

function DistributionForm({ value, onChange, vocabulary }: FormProps<'distribution'>) {
  const { t } = useTranslation('explore')
  const along = (by: Dimension) => ofMeasured(by, value.measure as Measure)
  return (
    <div className={classes.row}>
      <MeasureField
        value={value.measure as Measure}
        vocabulary={vocabulary}
        withEveryone
        onChange={(measure) => {
          const by = ofMeasured(value.by as Dimension, measure)
          onChange({ distribution: { ...value, measure, by } })
        }}
      />
      <DimensionField
        label={t('by.label')}
        value={value.by as Dimension}
        vocabulary={vocabulary}
        onChange={(by) => by && onChange({ distribution: { ...value, by: along(by) } })}
      />
    </div>
  )
}

function CrossTabForm({ value, onChange, vocabulary }: FormProps<'cross_tab'>) {
  const { t } = useTranslation('explore')
  const along = (by: Dimension) => ofMeasured(by, value.measure as Measure)
  return (
    <div className={classes.row}>
      <MeasureField
        value={value.measure as Measure}
        vocabulary={vocabulary}
        withEveryone
        onChange={(measure) => {
          const rows = ofMeasured(value.rows as Dimension, measure)
          const columns = ofMeasured(value.columns as Dimension, measure)
          onChange({ cross_tab: { ...value, measure, rows, columns } })
        }}
      />
      <DimensionField
        label={t('by.rows')}
        value={value.rows as Dimension}
        vocabulary={vocabulary}
        onChange={(rows) => rows && onChange({ cross_tab: { ...value, rows: along(rows) } })}
      />
      <DimensionField
        label={t('by.columns')}
        value={value.columns as Dimension}
        vocabulary={vocabulary}
        onChange={(columns) =>
          columns && onChange({ cross_tab: { ...value, columns: along(columns) } })
        }
      />
    </div>
  )
}

const hour = 3_600_000
const windows = { none: null, hour, day: 24 * hour, week: 168 * hour, month: 720 * hour }
type WindowName = keyof typeof windows

function FunnelForm({ value, onChange, vocabulary }: FormProps<'funnel'>) {
  const { t } = useTranslation('explore')
  const steps = value.steps as Events[]
  const set = (change: Partial<typeof value>) => onChange({ funnel: { ...value, ...change } })
  const within = value.within_ms ?? null
  const named = (Object.keys(windows) as WindowName[]).find((name) => windows[name] === within)
  const move = (from: number, to: number) => {
    const next = [...steps]
    const [step] = next.splice(from, 1)
    if (step) next.splice(to, 0, step)
    set({ steps: next })
  }
  return (
    <>
      <ol className={classes.steps}>
        {steps.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place.
          <li key={place} className={classes.step}>
            <EventsField
              label={t('funnel.step', { number: place + 1 })}
              value={step}
              vocabulary={vocabulary}
              onChange={(next) =>
                set({ steps: steps.map((one, at) => (at === place ? next : one)) })
              }
              onRemove={
                steps.length > 2
                  ? () => set({ steps: steps.filter((_, at) => at !== place) })
                  : undefined
              }
            />
            {place > 0 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('funnel.earlier', { number: place + 1 })}
                onClick={() => move(place, place - 1)}
              >
                <Icon name="back" size={14} />
              </ActionIcon>
            )}
          </li>
        ))}
        {steps.length < 12 && (
          <li>
            <Button
              variant="default"
              leftSection={<Icon name="plus" size={12} />}
              onClick={() => {
                const event = vocabulary.events.at(0)?.name ?? ''
                set({ steps: [...steps, { event }] })
              }}
            >
              {t('funnel.add')}
            </Button>
          </li>
        )}
      </ol>
      <div className={classes.row}>
        <NativeSelect
          label={t('funnel.count')}
          value={value.count ?? 'customers'}
          data={[
            { value: 'customers', label: t('funnel.customers') },
            { value: 'sessions', label: t('funnel.sessions') },
          ]}
          onChange={(event) =>
            set({ count: event.currentTarget.value === 'sessions' ? 'sessions' : 'customers' })
          }
        />
        <NativeSelect
          label={t('funnel.within')}
          value={named ?? 'other'}
          data={[
            ...(Object.keys(windows) as WindowName[]).map((name) => ({
              value: name,
              label: t(`funnel.window.${name}`),
            })),
            ...(named ? [] : [{ value: 'other', label: t('funnel.window.other') }]),
          ]}
          onChange={(event) =>
            set({ within_ms: windows[event.currentTarget.value as WindowName] ?? undefined })
          }
        />
        <EventChoice
          label={t('funnel.without')}
          value={(value.without as Events | null | undefined) ?? undefined}
          vocabulary={vocabulary}
          onChange={(without) => set({ without })}
        />
        <DimensionField
          label={t('funnel.by')}
          value={value.by as Dimension | undefined}
          vocabulary={vocabulary}
          optional
          onChange={(by) => set({ by })}
        />
      </div>
    </>
  )
}

/** One event, narrowed by its properties, or none. */
function EventChoice({
  label,
  value,
  onChange,
  vocabulary,
}: {
  label: string
  value: Events | undefined
  onChange: (events: Events | undefined) => void
  vocabulary: Vocabulary
}) {
  const { t } = useTranslation('explore')
  const eventName = useEventName()
  return (
    <div className={classes.events}>
      <Select
        label={label}
        searchable
        clearable
        placeholder={t('by.nothing')}
        data={vocabulary.events.map((one) => ({ value: one.name, label: eventName(one.name) }))}
        value={value?.event ?? null}
        onChange={(event) => onChange(event ? { event } : undefined)}
        limit={100}
      />
      {value && <Conditions value={value} onChange={onChange} vocabulary={vocabulary} />}
    </div>
  )
}

function CohortForm({ value, onChange, vocabulary }: FormProps<'cohort'>) {
  const { t } = useTranslation('explore')
  const set = (change: Partial<typeof value>) => onChange({ cohort: { ...value, ...change } })
  return (
    <div className={classes.row}>
      <EventsField
        label={t('cohort.first')}
        value={value.first as Events}
        vocabulary={vocabulary}
        onChange={(first) => set({ first })}
      />
      <EventChoice
        label={t('cohort.again')}
        value={(value.again as Events | null | undefined) ?? undefined}
        vocabulary={vocabulary}
        onChange={(again) => set({ again })}
      />
      <UnitField value={value.unit} onChange={(unit) => set({ unit })} />
    </div>
  )
}

function RfmForm({ value, onChange, vocabulary }: FormProps<'rfm'>) {
  const { t } = useTranslation('explore')
  const known = vocabulary.events.find((one) => one.name === value.of.event)?.properties ?? []
  const numbers = known.filter((one) => one.kind === 'number').map((one) => one.path)
  const paths = numbers.includes(value.amount) ? numbers : [value.amount, ...numbers]
  return (
    <div className={classes.row}>
      <EventsField
        label={t('rfm.of')}
        value={value.of as Events}
        vocabulary={vocabulary}
        onChange={(of) => onChange({ rfm: { ...value, of } })}
      />
      <NativeSelect
        label={t('rfm.amount')}
        data={paths}
        value={value.amount}
        onChange={(event) => onChange({ rfm: { ...value, amount: event.currentTarget.value } })}
      />
    </div>
  )
}

function SeriesForm({ value, onChange, vocabulary }: FormProps<'series'>) {
  const { t } = useTranslation('explore')
  const set = (change: Partial<typeof value>) => onChange({ series: { ...value, ...change } })
  return (
    <div className={classes.row}>
      <MeasureField
        value={value.measure as Measure}
        vocabulary={vocabulary}
        withEveryone={false}
        onChange={(measure) =>
          set({ measure, split: ofMeasured(value.split as Dimension | undefined, measure) })
        }
      />
      <UnitField value={value.unit} onChange={(unit) => set({ unit })} />
      <DimensionField
        label={t('series.split')}
        value={value.split as Dimension | undefined}
        vocabulary={vocabulary}
        optional
        onChange={(split) => set({ split: ofMeasured(split, value.measure as Measure) })}
      />
      <NativeSelect
        label={t('series.compare')}
        value={value.compare ?? ''}
        data={[
          { value: '', label: t('series.nothing') },
          { value: 'previous', label: t('series.previous') },
          { value: 'year', label: t('series.year') },
        ]}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          set({ compare: chosen === 'previous' || chosen === 'year' ? chosen : undefined })
        }}
      />
    </div>
  )
}

function PathsForm({ value, onChange, vocabulary }: FormProps<'paths'>) {
  const { t } = useTranslation('explore')
  const set = (change: Partial<typeof value>) => onChange({ paths: { ...value, ...change } })
  return (
    <div className={classes.row}>
      <EventChoice
        label={t('paths.start')}
        value={(value.start as Events | null | undefined) ?? undefined}
        vocabulary={vocabulary}
        onChange={(start) => set({ start })}
      />
      <NativeSelect
        label={t('paths.label')}
        value={value.label ?? ''}
        data={[
          { value: '', label: t('paths.events') },
          { value: 'context.page.path', label: t('paths.pages') },
        ]}
        onChange={(event) => set({ label: event.currentTarget.value || undefined })}
      />
      <NumberInput
        label={t('paths.depth')}
        min={1}
        max={8}
        value={value.depth ?? 4}
        onChange={(depth) => set({ depth: Math.min(8, Math.max(1, Number(depth) || 4)) })}
        w={110}
      />
    </div>
  )
}
