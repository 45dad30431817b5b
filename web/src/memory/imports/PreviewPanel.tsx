import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { JsonView, Panel, StatusBadge, sentence, useFormat } from '../../ui'
import classes from './ImportPage.module.css'
import type { Preview, PreviewItem } from './imports'

/** The first ten rows or groups beside what they become, with every problem at its cell. */
export function PreviewPanel({
  columns,
  preview,
  busy,
}: {
  columns: string[]
  preview: Preview | undefined
  busy: boolean
}) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  return (
    <Panel
      title={t('preview.title')}
      flush
      aside={
        preview && (
          <span className={classes.soft}>
            {t('preview.counts', {
              accepted: format.number(preview.accepted_rows),
              rejected: format.number(preview.rejected_rows),
              skipped: format.number(preview.skipped_rows),
            })}
          </span>
        )
      }
    >
      {preview ? (
        <section
          className={classes.scroll}
          data-busy={busy}
          aria-busy={busy}
          tabIndex={0}
          aria-label={t('preview.title')}
        >
          <table className={classes.table}>
            <caption className={classes.off}>{t('preview.title')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('preview.row')}</th>
                <th scope="col">{t('preview.becomes')}</th>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            {preview.items.map((item) => (
              <Item key={item.first_row} item={item} columns={columns} />
            ))}
          </table>
        </section>
      ) : (
        <p className={classes.pad}>{t('preview.none')}</p>
      )}
    </Panel>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function Item({ item, columns }: { item: PreviewItem; columns: string[] }) {
  const { t } = useTranslation('imports')
  const hidden = item.rows_count - item.rows.length
  const height = item.rows.length + (hidden > 0 ? 1 : 0)
  return (
    <tbody className={classes.item}>
      {item.rows.map((row, place) => {
        const number = item.first_row + place
        return (
          <tr key={number}>
            <th scope="row">{number}</th>
            {place === 0 && (
              <td rowSpan={height} className={classes.becomes}>
                <Becomes item={item} />
              </td>
            )}
            {columns.map((column) => (
              <Cell
                key={column}
                value={shown(row[column])}
                problem={item.problems.find(
                  (one) => one.column === column && (one.row === number || item.rows_count === 1),
                )}
              />
            ))}
          </tr>
        )
      })}
      {hidden > 0 && (
        <tr>
          <th scope="row">…</th>
          <td colSpan={columns.length}>{t('preview.more_rows', { count: hidden })}</td>
        </tr>
      )}
    </tbody>
  )
}

function Cell({
  value,
  problem,
}: {
  value: string
  problem: PreviewItem['problems'][number] | undefined
}) {
  if (!problem) return <td className={classes.cell}>{value}</td>
  return (
    <td className={`${classes.cell} ${classes.wrong}`}>
      {value || '–'}
      <span className={classes.why}>
        {sentence(problem.message)} {sentence(problem.remedy)}
      </span>
    </td>
  )
}

function Becomes({ item }: { item: PreviewItem }) {
  const { t } = useTranslation('imports')
  const [open, setOpen] = useState(false)
  const other = item.problems.filter((one) => !one.column)
  const event = item.event
  const name = event && typeof event.event === 'string' ? event.event : t('preview.customer')
  const who = event && (event.user_id ?? event.anonymous_id)
  return (
    <>
      {item.skipped && <StatusBadge tone="plain" word={t('preview.skipped')} />}
      {item.problems.length > 0 && <StatusBadge tone="bad" word={t('preview.rejected')} />}
      {other.map((one) => (
        <span key={one.message} className={classes.why}>
          {sentence(one.message)} {sentence(one.remedy)}
        </span>
      ))}
      {event && (
        <>
          <StatusBadge tone="theirs" word={name} />
          <span className={classes.examples}>{who ? String(who) : t('preview.nobody')}</span>
          <Button
            variant="subtle"
            px={0}
            aria-expanded={open}
            aria-label={t('preview.show_one', {
              what: open ? t('preview.hide') : t('preview.show'),
              row: item.first_row,
            })}
            onClick={() => setOpen(!open)}
          >
            {open ? t('preview.hide') : t('preview.show')}
          </Button>
          {open && (
            <div className={classes.json}>
              <JsonView value={event} label={name} />
            </div>
          )}
        </>
      )}
    </>
  )
}
