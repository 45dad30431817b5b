import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Channel, useLearned } from '../../api/learned'
import { useDefinitionName, useGroupName } from '../../api/names'
import { query } from '../../api/query'
import { useMay } from '../../api/session'
import { bodyOf, channels, inUse, useChoices, useForm } from '../../app/definition'
import { useWord } from '../../locales/words'
import { Panel, useFormat } from '../../ui'
import { ranking } from './ranking'
import classes from './StrategyForm.module.css'

const levers = (body: unknown): Record<string, unknown> => {
  const value =
    body !== null && typeof body === 'object' && 'levers' in body ? body.levers : undefined
  return value !== null && typeof value === 'object' ? { ...value } : {}
}

/** Who would come first with the levers as they stand here, before anything is saved. */
export function RankingPanel({ saved }: { saved: unknown }) {
  const { t } = useTranslation('strategies')
  const word = useWord()
  const format = useFormat()
  const form = useForm()
  const name = useDefinitionName('offer')
  const [channel, setChannel] = useState<Channel>('web')
  const learned = useLearned(channel)
  const worths = useWorths(form.text('/value') === 'incremental')
  const estimated = form.text('/learning/algorithm') === 'fixed'
  const offers = useChoices('offer').items.flatMap((one) => {
    if (!inUse(one)) return []
    const body = bodyOf(one)
    return [
      {
        key: one.key,
        category: String(body.category ?? ''),
        channels: Array.isArray(body.channels) ? body.channels.map(String) : [],
        propensity: (!estimated && learned.rate(one.key)) || Number(body.propensity ?? 0),
        value_cents: worths.of(one.key)?.cents ?? Number(body.value_cents ?? 0),
        nothing: worths.of(one.key)?.nothing ?? false,
        currency: String(body.currency ?? ''),
        lever: Number(body.lever ?? 1),
      },
    ]
  })
  const learns = !estimated && offers.some((one) => learned.rate(one.key) !== undefined)
  const ranked = ranking(offers, channel, levers(form.body), levers(saved))
  const greatest = ranked[0]?.priority || 1
  return (
    <Panel title={t('ranking.title')} side="ours">
      <div style={{ display: 'grid', gap: 10 }}>
        <NativeSelect
          label={t('ranking.channel')}
          value={channel}
          data={channels.map((value) => ({ value, label: word('channel', value) }))}
          onChange={(event) => {
            const chosen = channels.find((one) => one === event.currentTarget.value)
            if (chosen) setChannel(chosen)
          }}
        />
        {worths.groups.length > 0 && (
          <NativeSelect
            label={t('ranking.group')}
            value={worths.group}
            data={worths.groups}
            onChange={(event) => worths.choose(event.currentTarget.value)}
          />
        )}
        {ranked.length === 0 && <p className={classes.soft}>{t('ranking.none')}</p>}
        <ol className={classes.ranking}>
          {ranked.slice(0, 12).map((one) => (
            <li key={one.key} className={classes.place}>
              <span className={classes.number}>{one.rank}</span>
              <span>{name(one.key)}</span>
              <span className={classes.move}>
                {one.moved !== 0 &&
                  t(one.moved > 0 ? 'ranking.up' : 'ranking.down', {
                    count: Math.abs(one.moved),
                  })}{' '}
                {one.nothing
                  ? t('ranking.nothing')
                  : one.currency
                    ? format.expected(one.priority, one.currency)
                    : format.decimal(one.priority, 1)}
              </span>
              <span className={classes.bar}>
                <span style={{ width: `${(100 * one.priority) / greatest}%` }} />
              </span>
            </li>
          ))}
        </ol>
        <p className={classes.soft}>
          {t('ranking.unit')} {t(learns ? 'ranking.learned' : 'ranking.estimated')}{' '}
          {worths.groups.length > 0 && t('ranking.incremental')} {t('ranking.text')}
        </p>
      </div>
    </Panel>
  )
}

/** What decisions take an acceptance to be worth for one customer group, where there is evidence. */
function useWorths(incremental: boolean) {
  const groupName = useGroupName()
  const may = useMay()
  const enabled = incremental && may('view_reports')
  const { data } = useQuery({ ...query('/api/offer_worths'), enabled })
  const [chosen, choose] = useState<string>()
  const known = enabled && data?.offers.some((one) => one.effects.some(Boolean)) ? data : undefined
  const groups = (known?.groups ?? []).map((group) => ({
    value: group.key,
    label: groupName(group),
  }))
  // The others stand last: nothing special is known of them.
  const group = groups.find((one) => one.value === chosen)?.value ?? groups.at(-1)?.value
  const place = groups.findIndex((one) => one.value === group)
  const of = (offer: string) => {
    const effect = known?.offers.find((one) => one.offer === offer)?.effects[place]
    return effect
      ? { cents: effect.nothing ? 0 : effect.value_cents, nothing: effect.nothing }
      : undefined
  }
  return { groups, group, choose, of }
}
