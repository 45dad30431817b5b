import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type Definition, StateBadge } from '../../app/definition'
import { useOwnText, useWord } from '../../locales/words'
import { Money } from '../../ui'
import { CreativeCard } from '../creative/CreativeCard'
import { filled } from '../creative/filled'
import { offerPath } from './nav'
import classes from './OffersPage.module.css'
import { offerOf, validity } from './offers'
import { ValidityBadge } from './ValidityBadge'

/** The library as customers meet it. */
export function OfferCards({ offers, now }: { offers: Definition[]; now: number }) {
  const { i18n } = useTranslation('offers')
  const word = useWord()
  const ownText = useOwnText()
  const wanted = i18n.language.slice(0, 2)
  return (
    <ul className={classes.cards}>
      {offers.map((definition) => {
        const offer = offerOf(definition.body)
        const all = offer.creatives ?? []
        const creative = all.find((one) => one.language.slice(0, 2) === wanted) ?? all[0]
        return (
          <li key={definition.key} className={classes.card} data-row="">
            <Link to={offerPath(definition.key)} className={classes.name} data-row-link="">
              {ownText(offer.name) || definition.key}
            </Link>
            <div className={classes.badges}>
              <StateBadge definition={definition} />
              <ValidityBadge validity={validity(offer, now)} />
            </div>
            {creative && (
              <CreativeCard
                creative={filled({ ...creative, link_url: null }, offer.attributes ?? {})}
              />
            )}
            <p className={classes.soft}>
              {(offer.channels ?? []).map((one) => word('channel', one)).join(' · ')}
            </p>
            <p className={classes.foot}>
              <span>{offer.category && word('category', offer.category)}</span>
              {offer.currency && <Money cents={offer.value_cents ?? 0} currency={offer.currency} />}
            </p>
          </li>
        )
      })}
    </ul>
  )
}
