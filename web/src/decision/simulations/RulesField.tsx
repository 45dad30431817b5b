import { ActionIcon, Button, NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Definition, inUse, type Kind, useChoices } from '../../app/definition'
import { Icon } from '../../ui'
import classes from './Simulation.module.css'
import type { Change } from './simulations'

const kinds = ['strategy', 'offer', 'placement', 'policy'] as const satisfies readonly Kind[]

/** Versions offered for choice; older ones are rarely tried again. */
const versionsShown = 10

type Known = { kind: Kind; label: string; definition: Definition }

/** Every definition that can be tried; those with a newer draft come first. */
function useTriable(): Known[] {
  const known = {
    strategy: useChoices('strategy'),
    offer: useChoices('offer'),
    placement: useChoices('placement'),
    policy: useChoices('policy'),
  }
  const all = kinds.flatMap((kind) =>
    known[kind].items.map((definition, place) => ({
      kind,
      label: known[kind].choices[place]?.label ?? definition.key,
      definition,
    })),
  )
  const drafted = ({ definition }: Known) =>
    definition.published_version !== definition.latest_version
  return [...all.filter(drafted), ...all.filter((one) => !drafted(one))]
}

/** One set of rules: which definitions differ from what is published, and how. */
export function RulesField({
  name,
  changes,
  path,
  error,
  onChange,
  onRemove,
}: {
  name: string
  changes: Change[]
  path: string
  error: (path: string) => string | undefined
  onChange: (changes: Change[]) => void
  onRemove?: () => void
}) {
  const { t } = useTranslation('simulations')
  const triable = useTriable()
  const rest = triable.filter(
    ({ kind, definition }) =>
      !changes.some((one) => one.kind === kind && one.key === definition.key),
  )
  const add = (id: string) => {
    const found = rest.find(({ kind, definition }) => `${kind}:${definition.key}` === id)
    if (!found) return
    const { kind, definition } = found
    onChange([...changes, { kind, key: definition.key, version: definition.latest_version }])
  }
  const option = ({ kind, label, definition }: Known) => {
    const draft = definition.published_version !== definition.latest_version
    const text = `${t(`kind.${kind}`)}: ${label}`
    return {
      value: `${kind}:${definition.key}`,
      label: draft ? t('rules.with_draft', { text }) : text,
    }
  }
  return (
    <fieldset className={classes.rules}>
      <legend>{t('rules.set', { name })}</legend>
      {changes.length === 0 && (
        <p className={classes.soft}>{t(onRemove ? 'rules.none_b' : 'rules.none')}</p>
      )}
      {changes.map((one, place) => (
        <ChangeRow
          key={`${one.kind}:${one.key}`}
          change={one}
          known={triable.find((k) => k.kind === one.kind && k.definition.key === one.key)}
          error={error(`${path}/changes/${place}/key`)}
          onChange={(next) => onChange(changes.map((old, at) => (at === place ? next : old)))}
          onRemove={() => onChange(changes.filter((_, at) => at !== place))}
        />
      ))}
      <div className={classes.actions}>
        <NativeSelect
          aria-label={t('rules.add', { name })}
          value=""
          onChange={(event) => add(event.currentTarget.value)}
          data={[{ value: '', label: t('rules.choose') }, ...rest.map(option)]}
        />
        {onRemove && (
          <Button variant="subtle" onClick={onRemove}>
            {t('rules.remove_b')}
          </Button>
        )}
      </div>
    </fieldset>
  )
}

function ChangeRow({
  change,
  known,
  error,
  onChange,
  onRemove,
}: {
  change: Change
  known: Known | undefined
  error: string | undefined
  onChange: (change: Change) => void
  onRemove: () => void
}) {
  const { t } = useTranslation('simulations')
  const label = known?.label ?? change.key
  const latest = known?.definition.latest_version ?? change.version ?? 1
  const published = known && inUse(known.definition)
  const count = Math.min(latest, versionsShown)
  const versions = Array.from({ length: count }, (_, at) => latest - at)
  const word = (version: number) => {
    if (version === published) return t('rules.version_published', { version })
    return version === latest
      ? t('rules.version_latest', { version })
      : t('rules.version', { version })
  }
  return (
    <div className={classes.change}>
      <span>
        <span className={classes.soft}>{t(`kind.${change.kind as (typeof kinds)[number]}`)}</span>{' '}
        <b>{label}</b>
      </span>
      <NativeSelect
        aria-label={t('rules.version_of', { name: label })}
        error={error}
        value={change.without ? '-' : String(change.version ?? latest)}
        onChange={(event) => {
          const { kind, key } = change
          const value = event.currentTarget.value
          onChange(
            value === '-' ? { kind, key, without: true } : { kind, key, version: Number(value) },
          )
        }}
        data={[
          ...versions.map((version) => ({ value: String(version), label: word(version) })),
          { value: '-', label: t('rules.without') },
        ]}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t('rules.drop', { name: label })}
        onClick={onRemove}
      >
        <Icon name="cross" />
      </ActionIcon>
    </div>
  )
}
