import { Button } from '@mantine/core'
import { type KeyboardEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { type Evidence, useGuess } from '../../api/learned'
import { useDefinitionName } from '../../api/names'
import { withoutCoupon } from '../../memory/customers/code'
import { ErrorPanel, StatusBadge, shortcutsEnabled, useFormat } from '../../ui'
import classes from './AgentPage.module.css'
import type { Offer, Proposal } from './agent'
import { Code } from './Code'
import { type Kind, noted, useNotes } from './useNotes'
import { Why } from './Why'

/** One offer with its script; T, A and R note what was said while it has the focus, U undoes. */
export function OfferToMake({
  offer,
  proposal,
  evidence,
  currency,
  customerId,
}: {
  offer: Offer
  proposal: Proposal | undefined
  evidence: Evidence | undefined
  currency: string | null
  customerId: string
}) {
  const { t } = useTranslation('agent')
  const name = useDefinitionName('offer')
  const about = offer.contact_id ? { contact_id: offer.contact_id } : { offer: offer.offer }
  const notes = useNotes(customerId, about, name(offer.offer))
  const card = useRef<HTMLElement>(null)
  const note = (kind: Kind) => {
    if (notes.answer || (kind === 'view' && notes.told)) return
    notes.note(kind)
    // The button that was pressed goes; the keys go on.
    card.current?.focus()
  }
  const undo = () => {
    notes.undo()
    card.current?.focus()
  }
  const script = (text: string) => withoutCoupon(text, offer.code, t('coupon_word'))
  const onKey = useKeys({
    t: () => note('view'),
    a: () => note('accept'),
    r: () => note('reject'),
    u: undo,
  })
  const noteOf = notes.answer ?? (notes.told ? 'view' : null)
  return (
    <article
      ref={card}
      className={classes.offer}
      tabIndex={0}
      data-row=""
      aria-label={name(offer.offer)}
      onKeyDown={onKey}
    >
      <h3>{name(offer.offer)}</h3>
      {offer.propensity != null && <Likelihood propensity={offer.propensity} evidence={evidence} />}
      {offer.creative.title && <p className={classes.script}>{script(offer.creative.title)}</p>}
      {offer.creative.text && <p className={classes.script}>{script(offer.creative.text)}</p>}
      {offer.code && <Code code={offer.code} />}
      {proposal && <Why proposal={proposal} currency={currency} />}
      {notes.error && <ErrorPanel error={notes.error} />}
      <div className={classes.buttons} role="status">
        {noteOf && <StatusBadge tone={tones[noteOf]} word={t(noted[noteOf])} />}
        {notes.held && (
          <Button variant="default" size="compact-sm" onClick={undo}>
            {t('undo')}
            <kbd>{keys.undo}</kbd>
          </Button>
        )}
      </div>
      {!notes.answer && (
        <div className={classes.buttons}>
          {!notes.told && (
            <Button variant="default" onClick={() => note('view')}>
              {t('tell')}
              <kbd>{keys.tell}</kbd>
            </Button>
          )}
          <Button onClick={() => note('accept')}>
            {t('accept')}
            <kbd>{keys.accept}</kbd>
          </Button>
          <Button variant="default" onClick={() => note('reject')}>
            {t('reject')}
            <kbd>{keys.reject}</kbd>
          </Button>
        </div>
      )}
    </article>
  )
}

/** As long as `g` waits for its letter. */
const goingMs = 1_500

/** What a key does, unless it is the second one of `g` and a letter, which goes to a page. */
function useKeys(actions: Record<string, () => void>) {
  const going = useRef(Number.NEGATIVE_INFINITY)
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !shortcutsEnabled()) return
    if (event.timeStamp - going.current > goingMs) actions[event.key]?.()
    going.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
  }
}

/** How likely the customer accepts, in words first, and whether that can be relied on. */
function Likelihood({
  propensity,
  evidence,
}: {
  propensity: number
  evidence: Evidence | undefined
}) {
  const { t } = useTranslation('agent')
  const format = useFormat()
  const guess = useGuess()
  const words = t(`likely.${likelihood(propensity)}`)
  const digits = propensity < 0.1 ? 1 : 0
  return (
    <p className={classes.soft}>
      {t('likely.of', { words, count: format.decimal(propensity * 100, digits) })}
      {evidence && evidence.kind !== 'proven' && <> {guess(evidence)}</>}
    </p>
  )
}

const likelihoods = [
  [0.5, 'likely'],
  [0.2, 'well'],
  [0.05, 'possible'],
  [0, 'unlikely'],
] as const

function likelihood(propensity: number) {
  return likelihoods.find(([least]) => propensity >= least)?.[1] ?? 'unlikely'
}

const keys = { tell: 'T', accept: 'A', reject: 'R', undo: 'U' }

const tones = { view: 'ours', accept: 'good', reject: 'bad' } as const
