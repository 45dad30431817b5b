import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Channel, useLearned } from '../../api/learned'
import { useDefinitionName } from '../../api/names'
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
        value_cents: Number(body.value_cents ?? 0),
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
                {one.currency
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
          {t('ranking.text')}
        </p>
      </div>
    </Panel>
  )
}
