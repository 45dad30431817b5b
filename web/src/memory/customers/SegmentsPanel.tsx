import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { segmentPath } from '../../decision/segments/nav'
import { suppressionPath } from '../../decision/suppressions/nav'
import { useOwnText, useWord } from '../../locales/words'
import { ErrorPanel, Panel, Skeleton, When } from '../../ui'
import classes from './CustomerPage.module.css'

/** The segments the customer is in, since when, and the lists that keep them in peace. */
export function SegmentsPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('segments')
  const ownText = useOwnText()
  const segments = useQuery({
    ...query('/api/customers/{id}/segments', { path: { id: customerId } }),
    refetchInterval: 10_000,
  })
  const inside = (segments.data ?? []).filter((one) => one.inside)
  const outside = (segments.data ?? []).filter((one) => !one.inside)
  return (
    <>
      <ClosedPanel customerId={customerId} />
      <Panel title={t('customer.title')}>
        {segments.isPending && <Skeleton lines={2} />}
        {segments.error && <ErrorPanel error={segments.error} retry={() => segments.refetch()} />}
        {segments.data && inside.length === 0 && (
          <p className={classes.soft}>{t('customer.none')}</p>
        )}
        <ul className={classes.list}>
          {[...inside, ...outside].map((one) => (
            <li key={one.segment} className={classes.line}>
              <span className={classes.value}>
                <Link to={segmentPath(one.segment)}>{ownText(one.name) || one.segment}</Link>
              </span>
              <span className={classes.soft}>
                {one.inside ? t('customer.since') : t('customer.left')} <When at={one.since} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  )
}

function ClosedPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('segments')
  const word = useWord()
  const closed = useQuery(query('/api/customers/{id}/suppressions', { path: { id: customerId } }))
  const all = closed.data ?? []
  if (all.length === 0) return null
  const lists = [...new Set(all.map((one) => one.list))]
  return (
    <Panel title={t('customer.closed_title')}>
      <ul className={classes.list}>
        {lists.map((list) => {
          const of = all.filter((one) => one.list === list)
          return (
            <li key={list}>
              <Link to={suppressionPath(list)}>{of[0]?.reason ?? list}</Link>{' '}
              <span className={classes.soft}>
                {of.map((one) => word('channel', one.channel)).join(', ')}
              </span>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
