import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { every } from '../../api/query'
import { useItemSummary, useItemTitle } from '../../api/timelineWords'
import { useWord } from '../../locales/words'
import { ErrorPanel, Panel, Skeleton, When } from '../../ui'
import classes from './AgentPage.module.css'
import { conversationPages, spoken } from './agent'

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
            <b>{title(item)}</b>
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
