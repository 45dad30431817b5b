import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useLearned } from '../../api/learned'
import { useWord } from '../../locales/words'
import { EmptyState, ErrorPanel, Panel, Skeleton } from '../../ui'
import classes from './AgentPage.module.css'
import { useAsk } from './agent'
import { OfferToMake } from './OfferToMake'

/** What to propose in this call, best first. */
export function OffersToMake({ customerId }: { customerId: string }) {
  const { t, i18n } = useTranslation('agent')
  const word = useWord()
  const { evidence } = useLearned('call_center')
  const { mutate, data, error, isPending } = useAsk()
  const ask = () =>
    mutate({
      path: { customer_id: customerId },
      body: { channel: 'call_center', language: i18n.language.slice(0, 2) },
    })
  // Opening the customer is the question itself; it is asked once per call.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new language asks nothing new.
  useEffect(ask, [customerId])
  const offers = data?.placements.flatMap((placement) => placement.offers) ?? []
  const reason = data?.placements[0]?.reason
  // Who is withheld for comparison is nobody's business in a conversation.
  const nothing = (why: string) => (why === 'control_group' ? t('go_on') : word('outcome', why))
  return (
    <Panel
      title={t('offers')}
      side="ours"
      aside={
        <Button variant="subtle" onClick={ask} loading={isPending}>
          {t('ask_again')}
        </Button>
      }
    >
      {error && <ErrorPanel error={error} retry={ask} />}
      {isPending && <Skeleton lines={4} />}
      {data && offers.length === 0 && (
        <EmptyState title={t('no_offer')} text={reason ? nothing(reason) : t('no_placement')} />
      )}
      {offers.map((offer) => (
        <OfferToMake
          key={offer.contact_id ?? offer.offer}
          offer={offer}
          proposal={data?.proposals.find(
            (one) =>
              one.state === 'chosen' &&
              one.offer === offer.offer &&
              (one.variant ?? null) === (offer.variant ?? null),
          )}
          evidence={evidence(offer.offer)}
          currency={data?.currency ?? null}
          customerId={customerId}
        />
      ))}
      {offers.length > 0 && <p className={classes.soft}>{t('keys')}</p>}
    </Panel>
  )
}
