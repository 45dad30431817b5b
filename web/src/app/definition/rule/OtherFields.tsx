import { Autocomplete, Button, NativeSelect, Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../../locales/words'
import { Icon, useFormat } from '../../../ui'
import { type Choice, channels } from '../fields'
import { EventPattern, MeasureFields } from './EventFields'
import { type Rule, without } from './rule'
import classes from './rule.module.css'
import { NumberField, TestFields } from './TestFields'
import { seenKind, useVocabulary } from './vocabulary'
import { WindowFields } from './WindowFields'

type Props = { rule: Rule; set: (rule: Rule) => void }

/** A choice that may be left open. */
function Pick({
  label,
  value,
  choices,
  set,
}: {
  label: string
  value: unknown
  choices: Choice[]
  set: (value: string | undefined) => void
}) {
  const { t } = useTranslation('rule')
  const text = typeof value === 'string' ? value : ''
  const known = !text || choices.some((one) => one.value === text)
  return (
    <NativeSelect
      label={label}
      value={text}
      data={[
        { value: '', label: t('any') },
        ...choices,
        ...(known ? [] : [{ value: text, label: text }]),
      ]}
      onChange={(event) => set(event.currentTarget.value || undefined)}
    />
  )
}

/** An attribute of the customer: what it means, who has it, and its frequent values. */
export function AttributeFields({ rule, set }: Props) {
  const { t } = useTranslation('rule')
  const format = useFormat()
  const vocabulary = useVocabulary()
  const known = vocabulary.attribute(rule.attribute)
  const described = (key: string) => vocabulary.attribute(key)?.description ?? ''
  return (
    <>
      <div className={classes.fields}>
        <Autocomplete
          label={t('attribute')}
          data={vocabulary.words?.attributes.map((one) => one.key) ?? []}
          renderOption={({ option }) => (
            <span>
              <strong>{option.value}</strong>{' '}
              <span className={classes.soft}>{described(option.value)}</span>
            </span>
          )}
          value={String(rule.attribute ?? '')}
          onChange={(attribute) => set({ ...rule, attribute })}
        />
        <TestFields rule={rule} set={set} kind={seenKind(known)} values={known?.values} />
      </div>
      {known && (
        <p className={classes.soft}>
          {known.description} {t('fill_rate', { share: format.percent(known.fill_rate) })}
        </p>
      )}
    </>
  )
}

export function ScoreFields({ rule, set }: Props) {
  const { t } = useTranslation('rule')
  const { scores } = useVocabulary()
  return (
    <div className={classes.fields}>
      <Autocomplete
        label={t('score')}
        data={scores.map((one) => one.value)}
        value={String(rule.score ?? '')}
        onChange={(score) => set({ ...rule, score })}
      />
      <TestFields rule={rule} set={set} kind="number" />
    </div>
  )
}

export function SegmentFields({ rule, set }: Props) {
  const { t } = useTranslation('rule')
  const { segments } = useVocabulary()
  return (
    <div className={classes.fields}>
      <Pick
        label={t('segment')}
        value={rule.segment}
        choices={segments}
        set={(segment) => set({ segment: segment ?? '' })}
      />
    </div>
  )
}

export function ConsentFields({ rule, set }: Props) {
  const { t } = useTranslation('rule')
  const word = useWord()
  const vocabulary = useVocabulary()
  const about = object(rule.consent)
  const purposes = vocabulary.words?.purposes ?? ['marketing', 'service']
  const put = (entry: Rule) => set({ ...rule, consent: { ...about, ...entry } })
  return (
    <div className={classes.fields}>
      <NativeSelect
        label={t('channel')}
        value={String(about.channel)}
        data={channels.map((one) => ({ value: one, label: word('channel', one) }))}
        onChange={(event) => put({ channel: event.currentTarget.value })}
      />
      <NativeSelect
        label={t('purpose')}
        value={String(about.purpose)}
        data={purposes.map((one) => ({ value: one, label: word('purpose', one) }))}
        onChange={(event) => put({ purpose: event.currentTarget.value })}
      />
      <NativeSelect
        label={t('answer.label')}
        value={String(rule.is ?? 'granted')}
        data={(['granted', 'denied', 'unknown'] as const).map((one) => ({
          value: one,
          label: t(`answer.${one}`),
        }))}
        onChange={(event) => set({ ...rule, is: event.currentTarget.value })}
      />
    </div>
  )
}

const object = (value: unknown): Rule =>
  value !== null && typeof value === 'object' ? { ...value } : {}

/** Contacts we made, or responses to them. */
export function InteractionFields({ rule, set, of }: Props & { of: 'contacts' | 'responses' }) {
  const { t } = useTranslation('rule')
  const word = useWord()
  const vocabulary = useVocabulary()
  const filter = object(rule[of])
  const put = (key: string, value: string | undefined) =>
    set({
      ...rule,
      [of]: value === undefined ? without(filter, key) : { ...filter, [key]: value },
    })
  const words = (kind: 'channel' | 'response', list: readonly string[]): Choice[] =>
    list.map((value) => ({ value, label: word(kind, value) }))
  const plain = (list: string[]): Choice[] => list.map((value) => ({ value, label: value }))
  return (
    <>
      <div className={classes.fields}>
        {of === 'contacts' ? (
          <Pick
            label={t('channel')}
            value={filter.channel}
            choices={words('channel', channels)}
            set={(value) => put('channel', value)}
          />
        ) : (
          <Pick
            label={t('response')}
            value={filter.kind}
            choices={words('response', ['view', 'click', 'accept', 'reject', 'ignored'])}
            set={(value) => put('kind', value)}
          />
        )}
        <Pick
          label={t('offer')}
          value={filter.offer}
          choices={vocabulary.offers}
          set={(value) => put('offer', value)}
        />
        <Pick
          label={t('category')}
          value={filter.category}
          choices={plain(vocabulary.categories)}
          set={(value) => put('category', value)}
        />
        {of === 'contacts' && (
          <Pick
            label={t('placement')}
            value={filter.placement}
            choices={vocabulary.placements}
            set={(value) => put('placement', value)}
          />
        )}
      </div>
      <div className={classes.fields}>
        <MeasureFields
          rule={rule}
          set={set}
          fields={
            of === 'contacts'
              ? ['channel', 'offer', 'category', 'placement']
              : ['kind', 'offer', 'category', 'value_cents']
          }
        />
        <WindowFields rule={rule} set={set} />
      </div>
    </>
  )
}

const hour = 3_600_000

/** Events one after the other, and one that must not lie between. */
export function SequenceFields({ rule, set }: Props) {
  const { t } = useTranslation('rule')
  const steps = (Array.isArray(rule.sequence) ? rule.sequence : []).map(object)
  const put = (next: Rule[]) => set({ ...rule, sequence: next })
  const within = typeof rule.within_ms === 'number'
  return (
    <>
      {steps.map((step, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps are told apart by their order.
        <fieldset key={place} className={classes.step}>
          <legend className={classes.soft}>{t('step', { place: place + 1 })}</legend>
          <EventPattern
            rule={step}
            set={(next) => put(steps.map((one, at) => (at === place ? next : one)))}
          />
          {steps.length > 1 && (
            <Button variant="subtle" onClick={() => put(steps.filter((_, at) => at !== place))}>
              {t('remove_step', { place: place + 1 })}
            </Button>
          )}
        </fieldset>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => put([...steps, { event: '' }])}
        >
          {t('add_step')}
        </Button>
      </div>
      <Switch
        label={t('without')}
        checked={rule.without !== undefined}
        onChange={(event) =>
          set(
            event.currentTarget.checked
              ? { ...rule, without: { event: '' } }
              : without(rule, 'without'),
          )
        }
      />
      {rule.without !== undefined && (
        <fieldset className={classes.step}>
          <legend className={classes.soft}>{t('without')}</legend>
          <EventPattern
            rule={object(rule.without)}
            set={(next) => set({ ...rule, without: next })}
          />
        </fieldset>
      )}
      <Switch
        label={t('in_time')}
        checked={within}
        onChange={(event) =>
          set(
            event.currentTarget.checked
              ? { ...rule, within_ms: 24 * hour }
              : without(rule, 'within_ms'),
          )
        }
      />
      <div className={classes.fields}>
        {within && (
          <NumberField
            label={t('hours')}
            min={0}
            value={Number(rule.within_ms) / hour}
            set={(hours) => set({ ...rule, within_ms: Math.max(1, Math.round(hours * hour)) })}
          />
        )}
        <WindowFields rule={rule} set={set} />
      </div>
    </>
  )
}
