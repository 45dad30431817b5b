import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { useWord } from '../../locales/words'
import { useFormat } from '../../ui'
import { customerPath } from '../customers/nav'
import classes from './LivePage.module.css'
import { type LiveItem, sideOf } from './live'

/** The events, newest first; choosing one shows it in full. */
export function LiveList({
  rows,
  chosen,
  choose,
}: {
  rows: LiveItem[]
  chosen: LiveItem | null
  choose: (item: LiveItem) => void
}) {
  const { t } = useTranslation('live')
  return (
    <section className={classes.frame} tabIndex={0} aria-label={t('title')}>
      <ul className={classes.list}>
        {rows.map((item) => (
          <Row
            key={item.seq}
            item={item}
            chosen={item.seq === chosen?.seq}
            choose={() => choose(item)}
          />
        ))}
      </ul>
    </section>
  )
}

/** The event's own name, translated where it is one everybody uses. */
export function useItemName(): (item: LiveItem) => string {
  const word = useWord()
  return (item) => (item.kind === 'event' ? word('event', item.name) : word('kind', item.kind))
}

function Row({ item, chosen, choose }: { item: LiveItem; chosen: boolean; choose: () => void }) {
  const customerName = useCustomerName()
  const format = useFormat()
  const name = useItemName()
  const at = new Date(item.received_at)
  const seconds = String(at.getSeconds()).padStart(2, '0')
  return (
    <li className={classes.row} data-row="" data-chosen={chosen} data-side={sideOf(item)}>
      <time className={classes.time} dateTime={item.received_at}>
        {`${format.time(at)}:${seconds}`}
      </time>
      <button
        type="button"
        className={classes.name}
        data-row-link=""
        aria-pressed={chosen}
        onClick={choose}
      >
        {name(item)}
      </button>
      <span className={classes.source}>{item.source}</span>
      <Link className={classes.customer} to={customerPath(item.customer_id)}>
        {customerName(item.customer_id, item.customer_label)}
      </Link>
    </li>
  )
}
