import { NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import { useFormat } from '../../ui'
import { CriteriaField } from './CriteriaField'
import { FactorMap } from './FactorMap'
import { channels, NumberField, offered } from './fields'
import { useForm } from './form'
import classes from './form.module.css'
import { RowList } from './RowList'
import { useChoices } from './useChoices'

const whats = ['offer', 'list', 'category', 'channel'] as const

function parts(lever: string): [string, string] {
  const colon = lever.indexOf(':')
  return [lever.slice(0, colon), lever.slice(colon + 1)]
}

/** What a lever concerns, in words. */
export function useLeverName(): (lever: string) => string {
  const { t } = useTranslation('strategies')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const listName = useDefinitionName('offer_list')
  return (lever) => {
    const [what, name] = parts(lever)
    if (what === 'offer') return offerName(name)
    if (what === 'list') return t('levers.of_list', { name: listName(name) })
    return what === 'channel' ? word('channel', name) : t('levers.of_category', { name })
  }
}

/** An offer, a category or a channel. */
export function LeverName({ value, rename }: { value: string; rename: (next: string) => void }) {
  const { t } = useTranslation('strategies')
  const word = useWord()
  const form = useForm()
  const offers = useChoices('offer').choices
  const lists = useChoices('offer_list').choices
  const [what, name] = parts(value)
  const [text, setText] = useState(name)
  const choices =
    what === 'offer'
      ? offers
      : what === 'list'
        ? lists
        : channels.map((channel) => ({ value: channel, label: word('channel', channel) }))
  const begin: Record<string, string> = {
    offer: `offer:${offered(offers, [])[0]?.value ?? 'offer'}`,
    list: `list:${offered(lists, [])[0]?.value ?? 'list'}`,
    category: 'category:name',
    channel: 'channel:web',
  }
  return (
    <div className={classes.lever}>
      <NativeSelect
        label={t('levers.what')}
        disabled={form.readOnly}
        value={what}
        data={whats.map((one) => ({ value: one, label: t(`levers.${one}`) }))}
        onChange={(event) => rename(begin[event.currentTarget.value] ?? value)}
      />
      {what === 'category' ? (
        <TextInput
          label={t('levers.category')}
          value={text}
          readOnly={form.readOnly}
          onChange={(event) => setText(event.currentTarget.value)}
          onBlur={() => (text.trim() ? rename(`category:${text.trim()}`) : setText(name))}
        />
      ) : (
        <NativeSelect
          label={t(`levers.${what === 'offer' || what === 'list' ? what : 'channel'}`)}
          disabled={form.readOnly}
          value={name}
          data={offered(choices, [name])}
          onChange={(event) => rename(`${what}:${event.currentTarget.value}`)}
        />
      )}
    </div>
  )
}

/** Levers by what they concern, and what each means in words. */
export function Levers({ path, empty }: { path: string; empty: string }) {
  const { t } = useTranslation('strategies')
  const format = useFormat()
  const leverName = useLeverName()
  const meaning = (lever: string, factor: number) => {
    if (factor === 0) return t('levers.off', { what: leverName(lever) })
    return t(factor < 1 ? 'levers.less' : 'levers.more', {
      what: leverName(lever),
      percent: format.percent(Math.abs(factor - 1)),
    })
  }
  return (
    <FactorMap
      path={path}
      nameLabel={t('levers.what')}
      factorLabel={t('levers.factor')}
      add={t('levers.add')}
      blank="channel:web"
      empty={empty}
      name={(value, rename) => <LeverName key={value} value={value} rename={rename} />}
      meaning={meaning}
    />
  )
}

/** Factors that count while criteria hold: weather, device, an agent's skill. */
export function ContextWeightRows({ path }: { path: string }) {
  const { t } = useTranslation('strategies')
  const form = useForm()
  const leverName = useLeverName()
  const concerns = (place: number) => form.text(`${path}/${place}/concerns`)
  return (
    <RowList
      path={path}
      heading={(place) => leverName(concerns(place) || 'channel:web')}
      add={t('circumstances.add')}
      blank={() => ({
        when: { context: 'device', equals: 'mobile' },
        concerns: 'channel:web',
        weight: 1,
      })}
      empty={t('circumstances.empty')}
    >
      {(row, place) => (
        <>
          <CriteriaField path={`${row}/when`} label={t('circumstances.when')} />
          <LeverName
            value={concerns(place) || 'channel:web'}
            rename={(next) => form.set(`${row}/concerns`, next)}
          />
          <NumberField
            path={`${row}/weight`}
            label={t('levers.factor')}
            required
            digits={3}
            min={0}
            max={1000}
          />
        </>
      )}
    </RowList>
  )
}
