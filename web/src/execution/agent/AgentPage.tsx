import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { customerPath } from '../../memory/customers/nav'
import { PromisesPanel } from '../../memory/customers/PromisesPanel'
import { EmptyState, ErrorPanel, PageHeader, SearchField, Skeleton, useUrl } from '../../ui'
import classes from './AgentPage.module.css'
import { customerQuery } from './agent'
import { Conversation } from './Conversation'
import { Found } from './Found'
import { OffersToMake } from './OffersToMake'

/** For the call: find the customer, see what was said, make the offer, note the answer. */
export default function AgentPage() {
  const { t } = useTranslation('agent')
  const [search, setSearch] = useUrl()
  const { q = '', customer } = search
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <SearchField
        label={t('search')}
        value={q}
        onSearch={(text) => setSearch({ q: text, customer: null })}
      />
      {customer && <Call key={customer} customerId={customer} />}
      {!customer && q && <Found asked={q} choose={(id) => setSearch({ customer: id })} />}
      {!customer && !q && <EmptyState title={t('start.title')} text={t('start.text')} />}
    </>
  )
}

function Call({ customerId }: { customerId: string }) {
  const { t } = useTranslation('agent')
  const [, setSearch] = useUrl()
  const customerName = useCustomerName()
  const customer = useQuery(customerQuery(customerId))
  if (customer.isPending) return <Skeleton />
  if (customer.error) return <ErrorPanel error={customer.error} retry={() => customer.refetch()} />
  const title = customerName(customerId, customer.data.label)
  return (
    <section aria-label={title} style={{ marginTop: 16 }}>
      <div className={classes.buttons} style={{ alignItems: 'center' }}>
        <h2 style={{ margin: 0, fontSize: 18 }}>{title}</h2>
        <Link to={customerPath(customerId)}>{t('whole_page')}</Link>
        <Button variant="default" onClick={() => setSearch({ customer: null, q: null })}>
          {t('end')}
        </Button>
      </div>
      <div className={classes.columns}>
        <Conversation customerId={customerId} />
        <div className={classes.offers}>
          <OffersToMake customerId={customerId} />
          <PromisesPanel customerId={customerId} />
        </div>
      </div>
    </section>
  )
}
