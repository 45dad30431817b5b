import { ActionIcon, Autocomplete, Button, NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../ui'
import { type Measure, measuredKind, measures, type Rule, without } from './rule'
import classes from './rule.module.css'
import { TestFields } from './TestFields'
import { seenKind, useVocabulary } from './vocabulary'
import { WindowFields } from './WindowFields'

/** A measure over events: how many, a sum, the last one; in a window, and a test on it. */
export function EventFields({ rule, set }: { rule: Rule; set: (rule: Rule) => void }) {
  return (
    <>
      <EventPattern rule={rule} set={set} />
      <div className={classes.fields}>
        <MeasureFields rule={rule} set={set} />
        <WindowFields rule={rule} set={set} />
      </div>
    </>
  )
}

/** The name of an event and what its properties must be. */
export function EventPattern({ rule, set }: { rule: Rule; set: (rule: Rule) => void }) {
  const { t } = useTranslation('rule')
  const vocabulary = useVocabulary()
  const names = vocabulary.words?.events.map((one) => one.name) ?? []
  const tests = Array.isArray(rule.where) ? rule.where : []
  const put = (next: unknown[]) =>
    set(next.length ? { ...rule, where: next } : without(rule, 'where'))
  return (
    <>
      <div className={classes.fields}>
        <Autocomplete
          label={t('event')}
          data={names}
          value={String(rule.event ?? '')}
          onChange={(event) => set({ ...rule, event })}
        />
      </div>
      {tests.map((test, place) => (
        <PropertyTest
          // biome-ignore lint/suspicious/noArrayIndexKey: tests have no name of their own.
          key={place}
          event={rule.event}
          test={test}
          set={(next) => put(tests.map((one, at) => (at === place ? next : one)))}
          remove={() => put(tests.filter((_, at) => at !== place))}
        />
      ))}
      <div>
        <Button
          variant="subtle"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => put([...tests, { property: '', equals: '' }])}
        >
          {t('add_property')}
        </Button>
      </div>
    </>
  )
}

function PropertyTest({
  event,
  test,
  set,
  remove,
}: {
  event: unknown
  test: Rule
  set: (test: Rule) => void
  remove: () => void
}) {
  const { t } = useTranslation('rule')
  const vocabulary = useVocabulary()
  const known = vocabulary.property(event, test.property)
  const paths = vocabulary.event(event)?.properties.map((one) => one.path) ?? []
  return (
    <div className={classes.fields}>
      <Autocomplete
        label={t('where')}
        data={paths}
        value={String(test.property ?? '')}
        onChange={(property) => set({ ...test, property })}
      />
      <TestFields rule={test} set={set} kind={seenKind(known)} values={known?.values} />
      <ActionIcon
        variant="subtle"
        color="gray"
        className={classes.low}
        aria-label={t('remove_property', { property: String(test.property ?? '') })}
        onClick={remove}
      >
        <Icon name="cross" size={14} />
      </ActionIcon>
    </div>
  )
}

/** What is measured, and the test on it. */
export function MeasureFields({
  rule,
  set,
  fields,
}: {
  rule: Rule
  set: (rule: Rule) => void
  /** What can be measured, where it is not a property of events. */
  fields?: string[]
}) {
  const { t } = useTranslation('rule')
  const vocabulary = useVocabulary()
  const measure = measures.find((one) => one === rule.measure) ?? 'count'
  const paths = fields ?? vocabulary.event(rule.event)?.properties.map((one) => one.path) ?? []
  const property = vocabulary.property(rule.event, rule.of)
  const choose = (next: Measure) => {
    const kept = without(rule, 'measure', 'of')
    if (next === 'count') return set({ ...kept, ...numeric(rule) })
    if (next === 'last' || next === 'first') {
      return set({ ...without(kept, ...tests), measure: next, after: { days_ago: 30 } })
    }
    set({ ...kept, ...numeric(rule), measure: next, of: rule.of ?? paths[0] ?? '' })
  }
  const named = measure !== 'count'
  return (
    <>
      <NativeSelect
        label={t('measure.label')}
        value={measure}
        data={measures.map((one) => ({ value: one, label: t(`measure.${one}`) }))}
        onChange={(event) => {
          const next = measures.find((one) => one === event.currentTarget.value)
          if (next) choose(next)
        }}
      />
      {named && (
        <Autocomplete
          label={t('measure.of')}
          data={paths}
          value={String(rule.of ?? '')}
          onChange={(of) => set(of ? { ...rule, of } : without(rule, 'of'))}
        />
      )}
      <TestFields rule={rule} set={set} kind={measuredKind(rule, seenKind(property))} />
    </>
  )
}

const tests = ['before', 'after', 'exists', 'at_least', 'at_most', 'greater', 'less', 'equals']

/** The test on a number that the rule has, or the usual one. */
function numeric(rule: Rule): Rule {
  const known = ['at_least', 'at_most', 'greater', 'less'].find((one) => one in rule)
  return known ? {} : { at_least: 1 }
}
