import { useTranslation } from 'react-i18next'
import { JsonView, StatusBadge, sentence } from '../../ui'
import classes from './Feeds.module.css'
import type { Message } from './feeds'

/** The newest messages of a stream beside what they become. */
export function Messages({ messages }: { messages: Message[] }) {
  const { t } = useTranslation('feeds')
  return (
    <>
      {messages.length === 0 && <p className={classes.soft}>{t('messages.none')}</p>}
      <ul className={classes.messages}>
        {messages.map((message) => (
          <li key={`${message.part}-${message.offset}`}>
            <div className={classes.soft}>
              {t('messages.place', { part: message.part, offset: message.offset })}
            </div>
            <code className={classes.text}>{message.text}</code>
            {message.problems.map((problem) => (
              <div key={problem}>
                <StatusBadge tone="bad" word={t('messages.quarantine')} /> {sentence(problem)}
              </div>
            ))}
            {message.events.map((event, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: events of a message have no other name and never move
              <JsonView key={place} value={event} label={t('messages.event')} />
            ))}
          </li>
        ))}
      </ul>
    </>
  )
}
