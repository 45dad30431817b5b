import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useMay } from '../../api/session'
import {
  ConfirmButton,
  ErrorPanel,
  Panel,
  SearchField,
  Skeleton,
  StatusBadge,
  Until,
  useFormat,
} from '../../ui'
import { tablePath } from './nav'
import classes from './Tables.module.css'
import { rowsQuery, type TableRow, useRemoveRow } from './tables'

/** Rows beyond which a search helps. */
const many = 8

/** What customer tables say about one customer. */
export function TableRowsPanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customer_tables')
  const offerName = useDefinitionName('offer')
  const rows = useQuery(rowsQuery(customerId))
  const [asked, ask] = useState('')
  const all = rows.data?.items ?? []
  const nameOf = (row: TableRow) =>
    row.offer === '*' ? t('of_customer.every') : offerName(row.offer)
  const fits = (row: TableRow) =>
    `${nameOf(row)} ${row.offer} ${row.title}`.toLowerCase().includes(asked.toLowerCase())
  return (
    <Panel title={t('of_customer.title')}>
      <div className={classes.stack}>
        {rows.isPending && <Skeleton lines={2} />}
        {rows.error && <ErrorPanel error={rows.error} retry={() => rows.refetch()} />}
        {rows.data && all.length === 0 && <p className={classes.soft}>{t('of_customer.none')}</p>}
        {all.length > many && (
          <SearchField label={t('of_customer.search')} value={asked} onSearch={ask} />
        )}
        <ul className={classes.list}>
          {all.filter(fits).map((row) => (
            <Row key={`${row.table}/${row.offer}`} row={row} name={nameOf(row)} of={customerId} />
          ))}
        </ul>
      </div>
    </Panel>
  )
}

function Row({ row, name, of }: { row: TableRow; name: string; of: string }) {
  const { t } = useTranslation('customer_tables')
  const may = useMay()
  const format = useFormat()
  const remove = useRemoveRow()
  const figure = {
    scores: t('of_customer.score', { score: format.decimal(row.figure, 2) }),
    assignments: t('of_customer.rank', { rank: row.figure }),
    denials: '',
  }
  return (
    <li>
      <div className={classes.line}>
        <span>
          {name} {figure[row.kind]}
        </span>
        <StatusBadge tone={row.kind === 'denials' ? 'bad' : 'plain'} word={t(`kind.${row.kind}`)} />
      </div>
      <div className={classes.line}>
        <span className={classes.soft}>
          <Link to={tablePath(row.table)}>{row.title}</Link> · {row.owner}
          {row.expires_at && (
            <>
              {' · '}
              {t('of_customer.until')} <Until at={row.expires_at} />
            </>
          )}
        </span>
        {may('edit_offers') && (
          <ConfirmButton
            size="compact-xs"
            label={t('of_customer.remove')}
            title={t('of_customer.remove_title')}
            text={t('of_customer.remove_text', { table: row.title, offer: name })}
            confirm={t('of_customer.remove')}
            danger
            onConfirm={() =>
              remove.mutate({ path: { customer_id: of, table: row.table, offer: row.offer } })
            }
          />
        )}
      </div>
      {remove.error && <ErrorPanel error={remove.error} />}
    </li>
  )
}
