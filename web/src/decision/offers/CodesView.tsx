import { Stack } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { pages, query } from '../../api/query'
import { useMay } from '../../api/session'
import type { Definition } from '../../app/definition'
import { useWord } from '../../locales/words'
import { customerPath } from '../../memory/customers/nav'
import {
  DataTable,
  EmptyState,
  ErrorPanel,
  NoPermission,
  Panel,
  rowsOf,
  Skeleton,
  Stat,
  StatusBadge,
  useFormat,
  When,
} from '../../ui'
import { AddCodesPanel } from './AddCodesPanel'
import { type CodeStock, codesPath } from './codes'
import classes from './OffersPage.module.css'

/** What is left of the codes of an offer, and what was redeemed. */
export function CodesView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('offers')
  if (!definition) return <EmptyState title={t('codes.save_first')} />
  return <Codes offer={definition.key} />
}

function Codes({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const stock = useQuery({ ...query(codesPath, { path: { key: offer } }), refetchInterval: 10_000 })
  if (stock.isPending) return <Skeleton lines={6} />
  if (stock.error) return <ErrorPanel error={stock.error} retry={() => stock.refetch()} />
  if (!stock.data.kind) {
    return <EmptyState title={t('codes.none')} text={t('codes.none_text')} />
  }
  return (
    <Stack gap="md">
      <Stock stock={stock.data} />
      {stock.data.kind === 'pool' && <AddCodesPanel offer={offer} free={stock.data.free} />}
      <Redemptions offer={offer} />
      <Doubles offer={offer} />
    </Stack>
  )
}

function Stock({ stock }: { stock: CodeStock }) {
  const { t } = useTranslation('offers')
  const format = useFormat()
  const pool = stock.kind === 'pool'
  const numbers = pool
    ? (['free', 'reserved', 'shown', 'redeemed', 'withdrawn'] as const)
    : (['redeemed'] as const)
  // The server counts codes as with customers also after they were redeemed.
  const counts = { ...stock, shown: Math.max(0, stock.shown - stock.redeemed) }
  return (
    <Panel
      title={t(pool ? 'codes.stock' : 'codes.coupons')}
      aside={stock.low && <StatusBadge tone="warn" word={t('codes.low')} />}
    >
      <div className={classes.numbers}>
        {numbers.map((one) => (
          <Stat
            key={one}
            label={t(`codes.${one}`)}
            value={format.number(counts[one])}
            side={one === 'redeemed' ? 'theirs' : 'ours'}
          />
        ))}
      </div>
      {!pool && <p className={classes.soft}>{t('codes.coupon_text')}</p>}
    </Panel>
  )
}

function Redemptions({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const word = useWord()
  const may = useMay()
  const format = useFormat()
  const allowed = may('view_customers')
  const rows = useInfiniteQuery({
    ...pages('/api/offers/{key}/redemptions', { path: { key: offer }, query: { limit: 20 } }),
    enabled: allowed,
  })
  return (
    <Panel title={t('codes.redemptions')} side="theirs" flush={allowed}>
      {allowed ? (
        <DataTable
          bare
          label={t('codes.redemptions')}
          rows={rows}
          rowKey={(row) => row.code}
          rowLink={(row) => customerPath(row.customer_id)}
          empty={<EmptyState title={t('codes.no_redemption')} />}
          columns={[
            { key: 'code', header: t('codes.code'), cell: (row) => <code>{row.code}</code> },
            { key: 'at', header: t('codes.at'), cell: (row) => <When at={row.redeemed_at} /> },
            { key: 'till', header: t('codes.till'), cell: (row) => row.till },
            {
              key: 'value',
              header: t('column.value'),
              align: 'end',
              cell: (row) =>
                row.value_cents != null && row.currency
                  ? format.money(row.value_cents, row.currency)
                  : '–',
            },
            {
              key: 'offline',
              header: t('codes.how'),
              cell: (row) => t(row.offline ? 'codes.offline' : 'codes.online'),
            },
          ]}
        />
      ) : (
        <NoPermission permission={word('permission', 'view_customers')} />
      )}
    </Panel>
  )
}

function Doubles({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const doubles = useQuery(query('/api/offers/{key}/double-redemptions', { path: { key: offer } }))
  if (!doubles.data || doubles.data.length === 0) return null
  return (
    <Panel title={t('codes.doubles')} flush>
      <DataTable
        bare
        label={t('codes.doubles')}
        rows={rowsOf(doubles.data)}
        rowKey={(row) => row.redemption_id}
        empty={null}
        columns={[
          { key: 'code', header: t('codes.code'), cell: (row) => <code>{row.code}</code> },
          { key: 'at', header: t('codes.at'), cell: (row) => <When at={row.redeemed_at} /> },
          { key: 'till', header: t('codes.till'), cell: (row) => row.till },
          {
            key: 'first',
            header: t('codes.first'),
            cell: (row) => (
              <>
                {row.first_till}, <When at={row.first_redeemed_at} />
              </>
            ),
          },
        ]}
      />
    </Panel>
  )
}
