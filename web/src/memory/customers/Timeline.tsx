import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { EmptyState, ErrorPanel, endOfDay, Panel, Skeleton, useUrl } from '../../ui'
import { type TimelineFilter, timelinePages } from './customers'
import { entriesOf } from './entries'
import classes from './Timeline.module.css'
import { TimelineEntry } from './TimelineEntry'
import { TimelineFilters } from './TimelineFilters'

/** The whole conversation, newest first: we on the left, the customer on the right. */
export function Timeline({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customers')
  const [{ side, kind, channel, before }, setSearch] = useUrl()
  const filter: TimelineFilter = { side, kind, channel, before: endOfDay(before ?? '') }
  const timeline = useInfiniteQuery({
    ...timelinePages(customerId, filter),
    // A long look back is not read again and again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? false : 5_000),
  })
  const items = useMemo(
    () => timeline.data?.pages.flatMap((page) => page.items) ?? [],
    [timeline.data],
  )
  const narrowed = Boolean(side || kind || channel || before)
  return (
    <Panel title={t('timeline')} flush>
      <TimelineFilters />
      <div className={classes.legend} aria-hidden="true">
        <span className={classes.legendOurs}>{t('filter.ours')}</span>
        <span className={classes.legendTheirs}>{t('filter.theirs')}</span>
      </div>
      {timeline.error && (
        <ErrorPanel error={Problem.of(timeline.error)} retry={() => timeline.refetch()} />
      )}
      {timeline.isPending && <Skeleton lines={8} />}
      {timeline.data && items.length === 0 && (
        <EmptyState
          title={narrowed ? t('timeline_none') : t('timeline_empty')}
          text={narrowed ? undefined : t('timeline_empty_text')}
          actions={
            narrowed && (
              <Button
                variant="default"
                onClick={() => setSearch({ side: null, kind: null, channel: null, before: null })}
              >
                {t('filter.clear')}
              </Button>
            )
          }
        />
      )}
      {items.length > 0 && <Conversation items={items} />}
      {timeline.hasNextPage && (
        <div className={classes.foot}>
          <Earlier
            loading={timeline.isFetchingNextPage}
            fetch={() => void timeline.fetchNextPage()}
          />
        </div>
      )}
    </Panel>
  )
}

/** Only what is near the window is in the page; a conversation may be thousands long. */
function Conversation({ items }: { items: Parameters<typeof entriesOf>[0] }) {
  const entries = useMemo(() => entriesOf(items), [items])
  const list = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const place = list.current?.getBoundingClientRect().top ?? 0
    setTop(place + window.scrollY)
  }, [])
  const virtual = useWindowVirtualizer({
    count: entries.length,
    estimateSize: (place) => (entries[place]?.kind === 'day' ? 36 : 74),
    overscan: 12,
    scrollMargin: top,
    getItemKey: (place) => entries[place]?.key ?? place,
  })
  return (
    <div ref={list} className={classes.body} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((row) => {
        const entry = entries[row.index]
        if (!entry) return null
        return (
          <div
            key={row.key}
            data-index={row.index}
            ref={virtual.measureElement}
            className={classes.place}
            style={{ transform: `translateY(${row.start - top}px)` }}
          >
            <TimelineEntry entry={entry} />
          </div>
        )
      })}
    </div>
  )
}

/** Loads what lies further back as soon as it comes into view, or by its button. */
function Earlier({ loading, fetch }: { loading: boolean; fetch: () => void }) {
  const { t } = useTranslation('customers')
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const target = button.current
    if (!target || loading || typeof IntersectionObserver === 'undefined') return
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) fetch()
    })
    seen.observe(target)
    return () => seen.disconnect()
  }, [loading, fetch])
  return (
    <Button ref={button} variant="subtle" loading={loading} onClick={fetch}>
      {t('earlier')}
    </Button>
  )
}
