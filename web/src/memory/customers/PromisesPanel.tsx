import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { type Answer, query } from '../../api/query'
import { useWord } from '../../locales/words'
import {
  AsOf,
  CopyButton,
  ErrorPanel,
  Panel,
  Skeleton,
  StatusBadge,
  type Tone,
  Until,
  When,
} from '../../ui'
import { readable, shortened, withoutCoupon } from './code'
import classes from './OffersNowPanel.module.css'

type Promised = Answer<'get', '/api/customers/{customer_id}/promises'>[number]

const tones: Record<Promised['state'], Tone> = {
  open: 'ours',
  redeemed: 'good',
  accepted: 'good',
  rejected: 'theirs',
  expired: 'plain',
  recalled: 'bad',
}

/** What the customer was offered, in the versions that were made, with the codes they have. */
export function PromisesPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customers')
  const promises = useQuery({
    ...query('/api/customers/{customer_id}/promises', { path: { customer_id: customerId } }),
    refetchInterval: 10_000,
  })
  return (
    <Panel title={t('promises.title')} side="ours">
      {promises.isPending && <Skeleton lines={3} />}
      {promises.error && <ErrorPanel error={promises.error} retry={() => promises.refetch()} />}
      {promises.data?.length === 0 && <p className={classes.nothing}>{t('promises.none')}</p>}
      {promises.data?.map((promise) => (
        <One key={promise.contact_id} promise={promise} />
      ))}
      {promises.data && <AsOf at={promises.dataUpdatedAt} />}
    </Panel>
  )
}

function One({ promise }: { promise: Promised }) {
  const { t } = useTranslation('customers')
  const word = useWord()
  const name = useDefinitionName('offer')
  const over = Date.parse(promise.honoured_until) < Date.now()
  const { code, creative } = promise
  const changed = promise.published_version !== promise.version
  return (
    <article className={classes.offer}>
      <span className={classes.name}>{name(promise.offer)}</span>{' '}
      <StatusBadge tone={tones[promise.state]} word={t(`promises.state.${promise.state}`)} />
      {creative?.title && <p>{withoutCoupon(creative.title, code, t('promises.coupon_word'))}</p>}
      {code && (
        <p>
          {t(readable(code) ? 'promises.code' : 'promises.coupon')}{' '}
          <code className={classes.code}>{readable(code) ? code : shortened(code)}</code>{' '}
          <CopyButton
            value={code}
            label={t(readable(code) ? 'promises.copy_code' : 'promises.copy_coupon')}
          />
        </p>
      )}
      <p className={classes.reason}>
        {word('channel', promise.channel)} · <When at={promise.made_at} /> ·{' '}
        {t(over ? 'promises.was_until' : 'promises.until')} <Until at={promise.honoured_until} />
      </p>
      {promise.redeemed && (
        <p className={classes.reason}>
          {t('promises.redeemed_at', { till: promise.redeemed.till })} ·{' '}
          <When at={promise.redeemed.redeemed_at} />
        </p>
      )}
      {changed && (
        <p className={classes.reason}>
          {promise.published_version == null
            ? t('promises.retired', { version: promise.version })
            : t('promises.changed', {
                version: promise.version,
                now: promise.published_version,
              })}
        </p>
      )}
      {promise.recall && (
        <p className={classes.reason}>
          {t(promise.recall.honours ? 'promises.recall_honoured' : 'promises.recall_refused', {
            reason: promise.recall.reason,
          })}
        </p>
      )}
    </article>
  )
}
