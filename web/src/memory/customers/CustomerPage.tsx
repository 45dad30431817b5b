import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { useMay } from '../../api/session'
import { TableRowsPanel } from '../../decision/customerTables/TableRowsPanel'
import {
  EmptyState,
  ErrorPanel,
  PageHeader,
  Panel,
  Skeleton,
  StatusBadge,
  usePathParam,
  When,
} from '../../ui'
import { AttributesPanel } from './AttributesPanel'
import { CallButton } from './CallButton'
import { ConsentPanel } from './ConsentPanel'
import classes from './CustomerPage.module.css'
import { type Customer, customerQuery } from './customers'
import { ErasurePanel } from './ErasurePanel'
import { IdentifiersPanel } from './IdentifiersPanel'
import { InterestsPanel } from './InterestsPanel'
import { MembersPanel } from './MembersPanel'
import { customersPath } from './nav'
import { OffersNowPanel } from './OffersNowPanel'
import { PromisesPanel } from './PromisesPanel'
import { ReachPanel } from './ReachPanel'
import { SegmentsPanel } from './SegmentsPanel'
import { Timeline } from './Timeline'

export default function CustomerPage() {
  const { t } = useTranslation('customers')
  const customerId = usePathParam('customerId')
  const customer = useQuery({ ...customerQuery(customerId), refetchInterval: 10_000 })
  const back = { to: customersPath, label: t('title') }
  if (customer.data) return <Known customer={customer.data} />
  if (customer.isPending) {
    return (
      <>
        <PageHeader title={customerId} back={back} />
        <Skeleton lines={10} />
      </>
    )
  }
  return (
    <>
      <PageHeader title={customerId} back={back} />
      {customer.error.status === 404 ? (
        <EmptyState title={t('gone.title')} text={t('gone.text')} />
      ) : (
        <ErrorPanel error={customer.error} retry={() => customer.refetch()} />
      )}
    </>
  )
}

function Known({ customer }: { customer: Customer }) {
  const { t } = useTranslation('customers')
  const may = useMay()
  const id = customer.customer_id
  const known = customer.standing === 'known'
  return (
    <>
      <PageHeader
        title={useCustomerName()(id, customer.label)}
        back={{ to: customersPath, label: t('title') }}
        badge={
          <StatusBadge
            tone="plain"
            icon={known ? 'user' : 'eye'}
            word={known ? t('known') : t('anonymous')}
          />
        }
        lead={
          <>
            {t('seen_first')} <When at={customer.first_seen_at} /> · {t('seen_last')}{' '}
            <When at={customer.last_seen_at} />
          </>
        }
        actions={may('record_responses') && <CallButton customerId={id} />}
      />
      <div className={classes.columns}>
        <div className={classes.facts}>
          <IdentifiersPanel identifiers={customer.identifiers} customerId={id} />
          <ReachPanel reachable={customer.reachable} />
          <SegmentsPanel customerId={id} />
          <ConsentPanel customerId={id} consents={customer.consents} />
          <Panel title={t('attributes')}>
            <AttributesPanel attributes={customer.attributes} />
          </Panel>
          <InterestsPanel customerId={id} />
          <MembersPanel customer={customer} />
          <ErasurePanel customerId={id} />
        </div>
        <div className={classes.conversation}>
          <Timeline customerId={id} />
        </div>
        <div className={classes.offers}>
          <OffersNowPanel customerId={id} />
          <PromisesPanel customerId={id} />
          <TableRowsPanel customerId={id} />
        </div>
      </div>
    </>
  )
}
