import { useTranslation } from 'react-i18next'
import { useForm } from '../../app/definition'
import { useWord } from '../../locales/words'
import { Facts, Panel, StatusBadge, useFormat } from '../../ui'
import { CreativeCard } from '../creative/CreativeCard'
import { filled } from '../creative/filled'
import classes from './OffersPage.module.css'
import { missing, offerOf, validity } from './offers'
import { ValidityBadge } from './ValidityBadge'

/** What is being written, as a customer would meet it, and what it is worth. */
export function PreviewPanel() {
  const { t, i18n } = useTranslation('offers')
  const word = useWord()
  const format = useFormat()
  const offer = offerOf(useForm().body)
  const wanted = i18n.language.slice(0, 2)
  const cards = (offer.channels ?? []).flatMap((channel) => {
    const all = (offer.creatives ?? []).filter((one) => one.channel === channel)
    const best = all.find((one) => one.language.slice(0, 2) === wanted) ?? all[0]
    return best ? [best] : []
  })
  const gaps = missing(offer)
  const money = (cents: number) => {
    try {
      return format.money(cents, offer.currency ?? 'EUR')
    } catch {
      return format.number(cents / 100)
    }
  }
  const expected = (offer.propensity ?? 0) * (offer.value_cents ?? 0) * (offer.lever ?? 1)
  return (
    <>
      <Panel title={t('preview.title')} side="ours">
        <div className={classes.stack}>
          {cards.map((creative) => (
            <CreativeCard
              key={creative.channel}
              creative={filled(creative, offer.attributes ?? {})}
            />
          ))}
          {cards.length === 0 && t('preview.none')}
          {gaps.length > 0 && (
            <div className={classes.gaps}>
              {gaps.map((gap) => (
                <StatusBadge
                  key={gap.channel + gap.language}
                  tone="warn"
                  word={t('preview.gap', {
                    channel: word('channel', gap.channel),
                    language: gap.language === 'en' ? t('en') : t('zh'),
                  })}
                />
              ))}
            </div>
          )}
        </div>
      </Panel>
      <Panel title={t('preview.worth')}>
        <Facts
          facts={[
            {
              name: t('preview.validity'),
              value: <ValidityBadge validity={validity(offer, Date.now())} />,
            },
            {
              name: t('preview.margin'),
              value: money((offer.value_cents ?? 0) - (offer.cost_cents ?? 0)),
            },
            { name: t('preview.expected'), value: money(expected) },
          ]}
        />
        <p className={classes.soft}>
          {t('preview.formula', {
            propensity: format.percent(offer.propensity ?? 0),
            value: money(offer.value_cents ?? 0),
            lever: format.decimal(offer.lever ?? 1),
          })}
        </p>
      </Panel>
    </>
  )
}
