import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useRefusal } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import { AsOf, ErrorPanel, Panel, Skeleton } from '../../ui'
import { usageQuery } from './caps'
import { capPath } from './nav'
import { UsageBar } from './UsageBar'
import classes from './UsageBar.module.css'

/** The published caps that count an offer, with how far they are used. */
export function OfferCapsPanel({ offer }: { offer: string }) {
  const { t } = useTranslation('caps')
  const refusal = useRefusal('edit_offers')
  const ownText = useOwnText()
  const usage = useQuery({ ...usageQuery(offer), refetchInterval: 5_000 })
  return (
    <Panel
      title={t('of_offer.title')}
      aside={
        refusal ? (
          <span className={classes.soft} title={refusal}>
            {t('create')}
          </span>
        ) : (
          <Link to={capPath('new')}>{t('create')}</Link>
        )
      }
    >
      {usage.isPending && <Skeleton lines={3} />}
      {usage.error && <ErrorPanel error={usage.error} retry={() => usage.refetch()} />}
      {usage.data?.items.length === 0 && <p className={classes.soft}>{t('of_offer.none')}</p>}
      {usage.data && usage.data.items.length > 0 && (
        <>
          <ul className={classes.list}>
            {usage.data.items.map((one) => (
              <li key={one.cap}>
                <Link to={capPath(one.cap)}>{ownText(one.name) || one.cap}</Link>
                <UsageBar usage={one} />
              </li>
            ))}
          </ul>
          <AsOf at={usage.data.as_of} />
        </>
      )}
    </Panel>
  )
}
