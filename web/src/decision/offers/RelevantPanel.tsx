import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { query } from '../../api/query'
import { useMay } from '../../api/session'
import {
  type Definition,
  Fields,
  NumberField,
  Side,
  SwitchField,
  TagsField,
  useFieldLabel,
} from '../../app/definition'
import { customerPath } from '../../memory/customers/nav'
import { ErrorPanel, Panel, Skeleton, useFormat, When } from '../../ui'
import classes from './OffersPage.module.css'

/** Which purchases accept the offer without a code, and which did. */
export function RelevantPanel({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('offers')
  useFieldLabel('/relevant', t('relevant.title'))
  const learned = useLearnedProducts()
  return (
    <Panel title={t('relevant.title')}>
      <Fields>
        <p style={{ margin: 0 }}>{t('relevant.text')}</p>
        <SwitchField path="/relevant/any_purchase" label={t('relevant.any')} />
        <Side>
          <TagsField
            path="/relevant/products"
            label={t('relevant.products')}
            hint={t('relevant.learned', { count: learned.products.length })}
            suggestions={learned.products}
          />
          <TagsField
            path="/relevant/categories"
            label={t('relevant.categories')}
            suggestions={learned.categories}
          />
        </Side>
        <Side>
          <NumberField
            path="/relevant/window_days"
            label={t('relevant.window')}
            unit={t('days')}
            min={1}
            placeholder="7"
          />
        </Side>
        {definition && <Matches offer={definition.key} />}
      </Fields>
    </Panel>
  )
}

/** Products and their categories as events have named them. */
function useLearnedProducts(): { products: string[]; categories: string[] } {
  const may = useMay()
  const words = useQuery({
    ...query('/api/vocabulary'),
    enabled: may('view_definitions'),
    staleTime: 300_000,
  })
  const values = (names: string[]) => {
    const properties = (words.data?.events ?? []).flatMap((event) => event.properties)
    const mine = properties.filter((property) => names.includes(property.path))
    return [...new Set(mine.flatMap((property) => property.values))]
  }
  return {
    products: values(['products.product_id', 'products.sku', 'product_id', 'sku']),
    categories: values(['products.category', 'category']),
  }
}

function Matches({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const may = useMay()
  const format = useFormat()
  const allowed = may('view_customers')
  const matches = useQuery({
    ...query('/api/offers/{key}/purchases', { path: { key: offer } }),
    enabled: allowed,
  })
  const customerName = useCustomerName()
  if (!allowed) return null
  return (
    <div>
      <h3 className={classes.heading}>{t('relevant.matched')}</h3>
      {matches.isPending && <Skeleton lines={2} />}
      {matches.error && <ErrorPanel error={matches.error} retry={() => matches.refetch()} />}
      {matches.data?.length === 0 && <p className={classes.soft}>{t('relevant.no_match')}</p>}
      <ul className={classes.inside}>
        {matches.data?.map((match) => (
          <li key={match.seq}>
            <Link to={customerPath(match.customer_id)}>
              {customerName(match.customer_id, match.customer)}
            </Link>{' '}
            {match.value_cents != null && match.currency && (
              <b>{format.money(match.value_cents, match.currency)}</b>
            )}{' '}
            <span className={classes.soft}>
              <When at={match.occurred_at} />
              {match.in_control && ` · ${t('relevant.in_control')}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
