import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useReasonText } from '../../api/reasonText'
import { useMay } from '../../api/session'
import { filled } from '../../decision/creative/filled'
import { useWord } from '../../locales/words'
import {
  AsOf,
  ErrorPanel,
  FactorBar,
  NoPermission,
  Panel,
  Skeleton,
  useFormat,
  useUrl,
} from '../../ui'
import { type OffersNow, offersQuery } from './customers'
import classes from './OffersNowPanel.module.css'

type Proposal = OffersNow['proposals'][number]
const channels = ['web', 'email', 'call_center', 'point_of_sale', 'sms']

/** The decision that would be taken this moment, without taking it. */
export function OffersNowPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customers')
  const word = useWord()
  const may = useMay()
  const [search, setSearch] = useUrl()
  const channel = search.offers ?? 'web'
  const allowed = may('view_decisions')
  const now = useQuery({
    ...offersQuery(customerId, channel),
    enabled: allowed,
    refetchInterval: 10_000,
  })
  if (!allowed) {
    return (
      <Panel title={t('offers.title')} side="ours">
        <NoPermission permission={word('permission', 'view_decisions')} />
      </Panel>
    )
  }
  return (
    <Panel title={t('offers.title')} side="ours">
      <NativeSelect
        label={t('offers.channel')}
        value={channel}
        mb="sm"
        onChange={(event) => setSearch({ offers: event.currentTarget.value })}
        data={channels.map((value) => ({ value, label: word('channel', value) }))}
      />
      {now.error && <ErrorPanel error={now.error} retry={() => now.refetch()} />}
      {now.isPending && <Skeleton lines={4} />}
      {now.data?.placements.length === 0 && (
        <p className={classes.nothing}>{t('offers.no_placement')}</p>
      )}
      {now.data?.placements.map((placement) => (
        <Placement key={placement.placement} placement={placement} decision={now.data} />
      ))}
      {now.data && <AsOf at={now.dataUpdatedAt} />}
    </Panel>
  )
}

function Placement({
  placement,
  decision,
}: {
  placement: OffersNow['placements'][number]
  decision: OffersNow
}) {
  const { t } = useTranslation('customers')
  const word = useWord()
  const placementName = useDefinitionName('placement')
  const proposals = decision.proposals.filter((one) => one.placement === placement.placement)
  const removed = proposals.filter((one) => one.state !== 'chosen')
  return (
    <section className={classes.group}>
      <h3 className={classes.placement}>{placementName(placement.placement)}</h3>
      {placement.offers.length === 0 && (
        <p className={classes.nothing}>
          {placement.reason === 'nothing_eligible'
            ? word('outcome', placement.reason)
            : t('offers.nothing', { reason: word('outcome', placement.reason) })}
        </p>
      )}
      {placement.offers.map((offer) => (
        <Chosen
          key={offer.offer}
          offer={offer}
          proposal={proposals.find((one) => one.offer === offer.offer)}
          currency={decision.currency}
        />
      ))}
      {removed.length > 0 && (
        <details className={classes.why}>
          <summary>{t('offers.why_not', { count: removed.length })}</summary>
          <Removed proposals={removed} />
        </details>
      )}
    </section>
  )
}

function Chosen({
  offer,
  proposal,
  currency,
}: {
  offer: OffersNow['placements'][number]['offers'][number]
  proposal: Proposal | undefined
  currency: string | null | undefined
}) {
  const { t } = useTranslation('customers')
  const format = useFormat()
  const name = useDefinitionName('offer')
  return (
    <article className={classes.offer}>
      <span className={classes.name}>{name(offer.offer)}</span>
      {offer.creative.title && <p>{filled(offer.creative, offer.attributes).title}</p>}
      {proposal && (
        <FactorBar
          base={proposal.propensity * proposal.value_cents}
          greatest={Math.max(proposal.propensity * proposal.value_cents, proposal.priority)}
          factors={[
            { name: t('offers.context'), factor: proposal.context_weight },
            { name: t('offers.lever'), factor: proposal.lever },
          ]}
          text={t('offers.formula', {
            propensity: format.percent(proposal.propensity),
            value: currency
              ? format.money(proposal.value_cents, currency)
              : format.number(proposal.value_cents),
            weight: format.decimal(proposal.context_weight),
            lever: format.decimal(proposal.lever),
          })}
        />
      )}
    </article>
  )
}

function Removed({ proposals }: { proposals: Proposal[] }) {
  const text = useReasonText()
  const name = useDefinitionName('offer')
  const word = useWord()
  return (
    <ul>
      {proposals.map((proposal) => (
        <li key={proposal.offer}>
          {name(proposal.offer)}
          <br />
          <span className={classes.reason}>
            {proposal.reasons.length > 0
              ? proposal.reasons.map((reason) => text(reason).reason).join(' · ')
              : word('proposal', proposal.state)}
          </span>
        </li>
      ))}
    </ul>
  )
}
