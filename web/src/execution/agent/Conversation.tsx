import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { every } from '../../api/query'
import {
  contactStanding,
  type TimelineItem,
  useItemSummary,
  useItemTitle,
} from '../../api/timelineWords'
import { useWord } from '../../locales/words'
import { ErrorPanel, Panel, Skeleton, StatusBadge, When } from '../../ui'
import classes from './AgentPage.module.css'
import { conversationPages, spoken } from './agent'

/** Whether the customer saw an offer at all: most did, and that needs no word. */
function Standing({ item }: { item: TimelineItem }) {
  const word = useWord()
  const standing = contactStanding(item)
  return standing && <StatusBadge tone={standing.tone} word={word('contact', standing.word)} />
}

/** The last things said by both sides. */
export function Conversation({ customerId }: { customerId: string }) {
  const { t } = useTranslation('agent')
  const word = useWord()
  const title = useItemTitle()
  const summary = useItemSummary()
  const talk = useInfiniteQuery({ ...conversationPages(customerId), refetchInterval: every(5_000) })
  const items = talk.data?.pages.flatMap((page) => page.items.filter(spoken)) ?? []
  return (
    <Panel title={t('conversation')}>
      {talk.isPending && <Skeleton />}
      {talk.error && <ErrorPanel error={Problem.of(talk.error)} retry={() => talk.refetch()} />}
      {talk.data && items.length === 0 && <span className={classes.soft}>{t('silent')}</span>}
      <ul className={classes.talk}>
        {items.map((item) => (
          <li key={item.id} className={`${classes.said} ${classes[item.side]}`}>
            <b>{title(item)}</b> <Standing item={item} />
            <div>{summary(item)}</div>
            <div className={classes.soft}>
              <When at={item.occurred_at} /> {item.channel && word('channel', item.channel)}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
