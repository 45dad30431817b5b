import { Anchor } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { query } from '../../api/query'
import { useMay } from '../../api/session'
import { CustomerPicker, type Definition, inUse, useCustomer } from '../../app/definition'
import { useWord } from '../../locales/words'
import { customerPath } from '../../memory/customers/nav'
import { AsOf, ErrorPanel, Panel, Skeleton } from '../../ui'
import { CreativeCard, type CreativeShown } from '../creative/CreativeCard'
import { filled } from '../creative/filled'

/** What a customer would see here this moment; nothing is counted as shown. */
export function WouldShowPanel({
  definition,
  channel,
}: {
  definition: Definition | null
  channel: string
}) {
  const { t } = useTranslation('placements')
  const may = useMay()
  if (!may('view_customers')) return null
  return (
    <Panel title={t('would.title')} side="ours">
      {definition && inUse(definition) ? (
        <WouldShow placement={definition.key} channel={channel} />
      ) : (
        t('would.not_published')
      )}
    </Panel>
  )
}

function WouldShow({ placement, channel }: { placement: string; channel: string }) {
  const { t } = useTranslation('placements')
  const customer = useCustomer()
  const { customerId } = customer
  const decision = useQuery({
    ...query('/api/customers/{customer_id}/offers', {
      path: { customer_id: customerId ?? '' },
      query: { placements: placement },
    }),
    enabled: Boolean(customerId),
    placeholderData: keepPreviousData,
  })
  const shown = decision.data?.placements.find((one) => one.placement === placement)
  return (
    <div style={{ display: 'grid', gap: 10 }}>
      <CustomerPicker customer={customer} />
      {!customerId && <p>{t('would.nobody')}</p>}
      {decision.error && <ErrorPanel error={decision.error} retry={() => decision.refetch()} />}
      {customerId && decision.isPending && <Skeleton lines={3} />}
      {shown && <Shown shown={shown} channel={channel} />}
      {customerId && (
        <Anchor
          renderRoot={(props) => (
            <Link to={customerPath(customerId)} search={{ offers: channel } as never} {...props} />
          )}
        >
          {t('would.why')}
        </Anchor>
      )}
      {decision.data && <AsOf at={decision.dataUpdatedAt} />}
    </div>
  )
}

type Answered = {
  offers: { offer: string; creative: CreativeShown; attributes: Record<string, unknown> }[]
  fallback?: CreativeShown | null
  reason: string
}

function Shown({ shown, channel }: { shown: Answered; channel: string }) {
  const { t } = useTranslation('placements')
  const word = useWord()
  const name = useDefinitionName('offer')
  if (shown.offers.length > 0) {
    return shown.offers.map((one) => (
      <div key={one.offer}>
        <strong>{name(one.offer)}</strong>
        <CreativeCard creative={{ channel, ...filled(one.creative, one.attributes) }} />
      </div>
    ))
  }
  return (
    <>
      <p style={{ margin: 0 }}>{t('would.nothing', { reason: word('outcome', shown.reason) })}</p>
      {shown.fallback && <CreativeCard creative={{ channel, ...shown.fallback }} />}
    </>
  )
}
