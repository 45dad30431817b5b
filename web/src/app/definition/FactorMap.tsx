import { ActionIcon, Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui'
import { NumberField } from './fields'
import { useForm } from './form'
import classes from './form.module.css'
import { escaped } from './pointer'

/** Factors by name: what they concern, how much, and what that means. */
export function FactorMap({
  path,
  nameLabel,
  factorLabel,
  add,
  blank,
  empty,
  name,
  meaning,
}: {
  path: string
  nameLabel: string
  factorLabel: string
  add: string
  /** The name of a new one. */
  blank: string
  empty: string
  /** Another way to enter the name than a line of text. */
  name?: (value: string, rename: (next: string) => void) => ReactNode
  meaning?: (name: string, factor: number) => string
}) {
  const { t } = useTranslation('definition')
  const form = useForm()
  const value = form.value(path)
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : []
  const keep = (next: [string, unknown][]) =>
    form.set(path, next.length > 0 ? Object.fromEntries(next) : undefined)
  const rename = (before: string, after: string) => {
    if (!after || entries.some(([one]) => one === after)) return
    keep(entries.map(([one, factor]) => [one === before ? after : one, factor]))
  }
  const fresh = () => {
    let key = blank
    for (let place = 2; entries.some(([one]) => one === key); place += 1) key = `${blank}_${place}`
    keep([...entries, [key, 1]])
  }
  return (
    <div className={classes.fields} data-path={path}>
      {entries.length === 0 && <p className={classes.soft}>{empty}</p>}
      {entries.map(([one, factor]) => (
        <div key={one} className={classes.factor}>
          {name ? (
            name(one, (next) => rename(one, next))
          ) : (
            <Name label={nameLabel} value={one} rename={(next) => rename(one, next)} />
          )}
          <NumberField
            path={`${path}/${escaped(one)}`}
            label={factorLabel}
            required
            digits={3}
            min={0}
          />
          {!form.readOnly && (
            <ActionIcon
              variant="subtle"
              c="var(--ink-soft)"
              size={30}
              aria-label={t('rows.remove', { row: one })}
              onClick={() => keep(entries.filter(([other]) => other !== one))}
            >
              <Icon name="trash" size={14} />
            </ActionIcon>
          )}
          {meaning && typeof factor === 'number' && (
            <p className={classes.meaning}>{meaning(one, factor)}</p>
          )}
        </div>
      ))}
      {!form.readOnly && (
        <div>
          <Button variant="default" leftSection={<Icon name="plus" size={14} />} onClick={fresh}>
            {add}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Takes effect when it is left, so that no half-typed name replaces another one. */
function Name({
  label,
  value,
  rename,
}: {
  label: string
  value: string
  rename: (next: string) => void
}) {
  const form = useForm()
  const [text, setText] = useState(value)
  return (
    <TextInput
      label={label}
      value={text}
      readOnly={form.readOnly}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => (text.trim() ? rename(text.trim()) : setText(value))}
    />
  )
}
