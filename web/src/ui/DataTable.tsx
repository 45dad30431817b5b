import { Button } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './DataTable.module.css'
import { EmptyState } from './EmptyState'
import { ErrorPanel } from './ErrorPanel'
import { useFormat } from './format'
import { Skeleton } from './Skeleton'

export type Column<Row> = {
  key: string
  /** The visible name; with `hidden` it is read out only. */
  header: string
  hidden?: boolean
  cell: (row: Row) => ReactNode
  align?: 'end'
  wrap?: boolean
  width?: number | string
  /** Worth a glance only where there is room; what it tells stands on the row's own page too. */
  wide?: boolean
}

type Failure = Parameters<typeof ErrorPanel>[0]['error']

/** What `useInfiniteQuery` answers; a plain list comes through `rowsOf`. */
export type Rows<Row> = {
  data?: { pages: { items: Row[] }[] }
  isPending: boolean
  error: Failure | Error | null
  refetch: () => unknown
  hasNextPage?: boolean
  isFetchingNextPage?: boolean
  fetchNextPage?: () => unknown
}

/** A list that is already at hand, in the form the table reads. */
export function rowsOf<Row>(items: Row[]): Rows<Row> {
  return { data: { pages: [{ items }] }, isPending: false, error: null, refetch: () => {} }
}

type TableProps<Row> = {
  label: string
  columns: Column<Row>[]
  rows: Rows<Row>
  rowKey: (row: Row) => string
  /** Where a row leads; the first column becomes the link. */
  rowLink?: (row: Row) => string
  /** Shown when there is nothing at all: what this is for and the first step. */
  empty: ReactNode
  /** Set while a filter narrows the list: what it is, in words, and how to drop it. */
  filtered?: { text: string; clear: () => void }
  bare?: boolean
}

/**
 * A list of the server: five states, paging by cursor, j/k/Enter, scrolling inside itself. On a
 * phone every row is a card, headed by its first column, so that no column is out of sight.
 */
export function DataTable<Row>(props: TableProps<Row>) {
  const { label, rows, empty, filtered, bare } = props
  const { t } = useTranslation('ui')
  const items = rows.data?.pages.flatMap((page) => page.items) ?? []
  const frame = `${classes.frame} ${bare ? classes.bare : ''}`
  if (rows.error && items.length === 0) {
    // Everything the API layer throws is a Problem; anything else is shown by its message.
    const failure = 'document' in rows.error ? rows.error : asFailure(rows.error)
    return <ErrorPanel error={failure} retry={rows.refetch} />
  }
  if (rows.isPending) {
    return (
      <div className={`${frame} ${classes.pad}`}>
        <Skeleton lines={8} />
      </div>
    )
  }
  if (items.length === 0) {
    return (
      <div className={frame}>
        {filtered ? (
          <EmptyState
            title={t('table.nothing_matches')}
            text={filtered.text}
            actions={
              <Button variant="default" onClick={filtered.clear}>
                {t('table.clear_filter')}
              </Button>
            }
          />
        ) : (
          empty
        )}
        {rows.hasNextPage && <Foot rows={rows} count={0} />}
      </div>
    )
  }
  return (
    <div className={frame}>
      <section className={classes.scroll} tabIndex={0} aria-label={label}>
        <Grid {...props} items={items} />
      </section>
      <Foot rows={rows} count={items.length} />
    </div>
  )
}

function asFailure(error: Error): Failure {
  return { document: { title: '', status: 0, code: 'unexpected', detail: error.message } }
}

/** A part of a cell that is shown only where the table has room. */
export function Wide({ children }: { children: ReactNode }) {
  return <span className={classes.wide}>{children}</span>
}

function looks(...names: (string | false | undefined)[]): string | undefined {
  return names.filter(Boolean).join(' ') || undefined
}

function Grid<Row>({ columns, items, rowKey, rowLink, label }: TableProps<Row> & { items: Row[] }) {
  const navigate = useNavigate()
  const open = (event: MouseEvent, to: string) => {
    const inside = event.target instanceof Element && event.target.closest('a,button,input,label')
    if (!inside && !getSelection()?.toString()) navigate({ to })
  }
  return (
    <table className={classes.table}>
      <caption className={classes.off}>{label}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={looks(column.align === 'end' && classes.end, column.wide && classes.wide)}
              style={{ width: column.width }}
            >
              {column.hidden ? <span className={classes.off}>{column.header}</span> : column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((row) => {
          const to = rowLink?.(row)
          return (
            <tr
              key={rowKey(row)}
              data-row=""
              tabIndex={-1}
              className={to ? classes.linked : undefined}
              onClick={to ? (event) => open(event, to) : undefined}
            >
              {columns.map((column, place) => (
                <td
                  key={column.key}
                  data-label={column.hidden || place === 0 ? undefined : column.header}
                  className={looks(
                    column.align === 'end' && classes.end,
                    column.wrap ? classes.wrap : classes.nowrap,
                    column.wide && classes.wide,
                  )}
                >
                  {to && place === 0 ? (
                    <Link to={to} className={classes.link} data-row-link="">
                      {column.cell(row)}
                    </Link>
                  ) : (
                    <div>{column.cell(row)}</div>
                  )}
                </td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Foot<Row>({ rows, count }: { rows: Rows<Row>; count: number }) {
  const { t } = useTranslation('ui')
  const format = useFormat()
  if (!rows.hasNextPage && !rows.error) return null
  return (
    <div className={classes.foot}>
      <span>{t('table.shown', { count, shown: format.number(count) })}</span>
      {rows.error && <span role="alert">{t('table.more_failed')}</span>}
      <Button
        variant="default"
        loading={rows.isFetchingNextPage}
        onClick={() =>
          rows.error && !rows.fetchNextPage ? rows.refetch() : rows.fetchNextPage?.()
        }
      >
        {t('table.more')}
      </Button>
    </div>
  )
}
