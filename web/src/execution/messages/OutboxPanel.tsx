import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import { ErrorPanel, Icon, sentence, useFormat, useUrl, When } from '../../ui'
import classes from './Messages.module.css'
import { type Outbox, outboxQuery, states, useResume } from './messages'

/** Whether messages go out, and how many stand where. */
export function OutboxPanel() {
  const may = useMay()
  const word = useWord()
  const format = useFormat()
  const [search, setSearch] = useUrl()
  const outbox = useQuery({
    ...outboxQuery,
    enabled: may('view_reports'),
    refetchInterval: 10_000,
  })
  if (outbox.error) return <ErrorPanel error={outbox.error} retry={() => outbox.refetch()} />
  if (!outbox.data) return null
  const counts: Record<string, number | undefined> = outbox.data.counts
  return (
    <>
      {outbox.data.state !== 'running' && <Standstill outbox={outbox.data} />}
      <div className={classes.states}>
        {states.map((state) => (
          <button
            key={state}
            type="button"
            className={classes.state}
            aria-pressed={search.state === state}
            onClick={() => setSearch({ state: search.state === state ? null : state })}
          >
            <span className={classes.number}>{format.number(counts[state] ?? 0)}</span>
            <span className={classes.label}>{word('message_state', state)}</span>
          </button>
        ))}
      </div>
    </>
  )
}

function Standstill({ outbox }: { outbox: Outbox }) {
  const { t } = useTranslation('messages')
  const may = useMay()
  const resume = useResume()
  return (
    <section className={classes.standstill} role="alert">
      <Icon name="pause" />
      <div className={classes.words}>
        <strong>{t(outbox.state === 'held' ? 'held.title' : 'paused.title')}</strong>
        <p>{t(outbox.state === 'held' ? 'held.text' : 'paused.text')}</p>
        {outbox.pause && (
          <p>
            <When at={outbox.pause.since} />: {sentence(outbox.pause.reason)}
          </p>
        )}
        {resume.error && <ErrorPanel error={resume.error} />}
      </div>
      {outbox.state === 'paused' && may('manage_system') && (
        <Button loading={resume.isPending} onClick={() => resume.mutate({})}>
          {t('paused.resume')}
        </Button>
      )}
    </section>
  )
}
