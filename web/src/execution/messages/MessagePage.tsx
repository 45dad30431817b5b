import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import {
  EmptyState,
  ErrorPanel,
  PageHeader,
  Panel,
  Skeleton,
  StatusBadge,
  sentence,
  usePathParam,
  When,
} from '../../ui'
import { MailView } from '../mail/MailView'
import { FactsPanel } from './FactsPanel'
import { MessageActions } from './MessageActions'
import classes from './Messages.module.css'
import { type Message, messageQuery, states, tones } from './messages'
import { messagesPath } from './nav'

export default function MessagePage() {
  const { t } = useTranslation('messages')
  const id = usePathParam('id')
  const message = useQuery({ ...messageQuery(id), refetchInterval: 10_000 })
  if (message.data) return <Known message={message.data} />
  return (
    <>
      <PageHeader title={id} back={{ to: messagesPath, label: t('title') }} />
      {message.isPending && <Skeleton lines={10} />}
      {message.error?.status === 404 && (
        <EmptyState title={t('gone.title')} text={t('gone.text')} />
      )}
      {message.error && message.error.status !== 404 && (
        <ErrorPanel error={message.error} retry={() => message.refetch()} />
      )}
    </>
  )
}

function Known({ message }: { message: Message }) {
  const { t } = useTranslation('messages')
  const word = useWord()
  const template = useDefinitionName('template')
  const { preview, preview_problem: problem } = message
  return (
    <>
      <PageHeader
        title={message.subject ?? preview?.subject ?? template(message.template)}
        back={{ to: messagesPath, label: t('title') }}
        badge={
          <StatusBadge tone={tones[message.state]} word={word('message_state', message.state)} />
        }
        lead={message.reason ? word('message_reason', message.reason) : undefined}
        actions={<MessageActions message={message} />}
      />
      <div className={classes.columns}>
        <div className={classes.column}>
          <Panel title={t('preview.title')} side="ours">
            {preview && <MailView mail={preview} />}
            {problem && (
              <EmptyState
                title={t('preview.failed')}
                text={`${sentence(problem.message)} ${problem.hint ? sentence(problem.hint) : ''}`}
              />
            )}
            {!preview && !problem && t('preview.none')}
          </Panel>
          {message.links.length > 0 && (
            <Panel title={t('links')}>
              <ol className={classes.links}>
                {message.links.map((link) => (
                  <li key={link}>{link}</li>
                ))}
              </ol>
            </Panel>
          )}
        </div>
        <div className={classes.column}>
          <FactsPanel message={message} />
          <History message={message} />
        </div>
      </div>
    </>
  )
}

function History({ message }: { message: Message }) {
  const { t } = useTranslation('messages')
  const word = useWord()
  return (
    <Panel title={t('history')}>
      <ol className={classes.history}>
        {message.history.map((moment) => {
          const state = states.find((one) => one === moment.state)
          return (
            <li key={`${moment.at} ${moment.state} ${moment.detail}`} className={classes.moment}>
              <StatusBadge
                tone={state ? tones[state] : 'plain'}
                word={word('message_state', moment.state)}
              />{' '}
              <span className={classes.soft}>
                <When at={moment.at} exact />
              </span>
              {moment.reason && <p>{word('message_reason', moment.reason)}</p>}
              {moment.detail && moment.detail !== message.provider_id && (
                <p className={classes.soft}>{sentence(moment.detail)}</p>
              )}
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}
