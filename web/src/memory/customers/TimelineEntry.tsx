import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { contactStanding, itemIcon, useItemSummary, useItemTitle } from '../../api/timelineWords'
import { decisionPath } from '../../decision/decisions/nav'
import { useWord } from '../../locales/words'
import { Icon, JsonView, StatusBadge, useFormat } from '../../ui'
import type { TimelineItem } from './customers'
import type { Entry } from './entries'
import classes from './Timeline.module.css'

export function TimelineEntry({ entry }: { entry: Entry }) {
  const format = useFormat()
  if (entry.kind === 'day') {
    return (
      <div className={classes.day}>
        <h3>
          <time dateTime={entry.at}>{format.day(entry.at)}</time>
        </h3>
      </div>
    )
  }
  return <Bubble items={entry.items} first={entry.first} />
}

function Bubble({ first, items }: { first: TimelineItem; items: TimelineItem[] }) {
  const { t } = useTranslation('customers')
  const title = useItemTitle()
  const summary = useItemSummary()
  const standing = contactStanding(first)
  const word = useWord()
  const [open, setOpen] = useState(false)
  const decision = first.kind === 'decision' ? first.id : first.body.decision_id
  const summaries = [...new Set(items.map(summary).filter(Boolean))]
  return (
    <article
      className={`${classes.item} ${classes[first.side]}`}
      aria-label={word('side', first.side)}
    >
      <div className={classes.head}>
        <Icon name={itemIcon(first)} size={14} />
        <span>
          {title(first)}
          {items.length > 1 && ` ×${items.length}`}
        </span>
      </div>
      {summaries.length > 0 && (
        <p className={classes.summary}>{summaries.slice(0, 3).join(' · ')}</p>
      )}
      <div className={classes.meta}>
        <Moment items={items} />
        {first.channel && <span>{word('channel', first.channel)}</span>}
        {first.source !== 'rapport' && <span>{first.source}</span>}
        {standing && <StatusBadge tone={standing.tone} word={word('contact', standing.word)} />}
        {items.some((item) => item.late) && (
          <StatusBadge tone="warn" icon="clock" word={t('item.late')} title={t('item.late_why')} />
        )}
        {typeof decision === 'string' && <Link to={decisionPath(decision)}>{t('item.why')}</Link>}
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? t('item.less') : t('item.more')}
        </button>
      </div>
      {open && (
        <div className={classes.details}>
          <JsonView
            label={t('item.details')}
            value={items.length > 1 ? items.map((item) => item.body) : first.body}
          />
        </div>
      )}
    </article>
  )
}

function Moment({ items }: { items: TimelineItem[] }) {
  const format = useFormat()
  const last = items[0]
  const first = items.at(-1)
  if (!last || !first) return null
  const from = format.time(first.occurred_at)
  const to = format.time(last.occurred_at)
  return (
    <time dateTime={last.occurred_at} title={format.moment(last.occurred_at)}>
      {from === to ? to : `${from} – ${to}`}
    </time>
  )
}
