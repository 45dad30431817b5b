import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  EmptyState,
  ErrorPanel,
  PageHeader,
  Skeleton,
  Sparkline,
  Stat,
  StatusBadge,
  useFormat,
  usePathParam,
  When,
} from '../../ui'
import { liveOf } from '../live/nav'
import { quarantineOf } from '../quarantine/nav'
import { KeysPanel } from './KeysPanel'
import { sourcesPath } from './nav'
import { SnippetsPanel } from './SnippetsPanel'
import classes from './SourcePage.module.css'
import { type Source, sourceQuery } from './sources'

export default function SourcePage() {
  const { t } = useTranslation('sources')
  const id = usePathParam('id')
  const source = useQuery(sourceQuery(id))
  const back = { to: sourcesPath, label: t('title') }
  if (source.data) return <Known source={source.data} />
  return (
    <>
      <PageHeader title={id} back={back} />
      {source.isPending && <Skeleton lines={8} />}
      {source.data === null && <EmptyState title={t('gone.title')} text={t('gone.text')} />}
      {source.error && <ErrorPanel error={source.error} retry={() => source.refetch()} />}
    </>
  )
}

function Known({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const [secret, setSecret] = useState<string | null>(null)
  return (
    <>
      <PageHeader
        title={source.title}
        back={{ to: sourcesPath, label: t('title') }}
        badge={
          source.last_event_at ? (
            <StatusBadge tone="good" word={t('receiving')} />
          ) : (
            <StatusBadge tone="plain" icon="clock" word={t('no_event')} />
          )
        }
        lead={
          <>
            {t(`kind.${source.kind}`)} · <code>{source.key}</code> · {t('since')}{' '}
            <When at={source.created_at} />
          </>
        }
      />
      <Health source={source} />
      <div className={classes.panels}>
        <SnippetsPanel key={source.id} source={source} secret={secret} />
        <KeysPanel source={source} issued={setSecret} />
      </div>
    </>
  )
}

function Health({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  return (
    <div className={classes.stats}>
      <Stat
        label={t('column.last')}
        value={<When at={source.last_event_at} />}
        note={<Link {...liveOf(source.id)}>{t('see_live')}</Link>}
        side="theirs"
      />
      <Stat
        label={t('column.rate')}
        value={format.decimal(source.events_per_minute, 1)}
        note={t('rate_note')}
        side="theirs"
      >
        <Sparkline values={source.by_minute} side="theirs" />
      </Stat>
      <Stat
        label={t('column.count')}
        value={format.number(source.events_count)}
        note={t('count_note')}
        side="theirs"
      />
      <Stat
        label={t('column.waiting')}
        value={format.number(source.waiting_count)}
        note={
          source.waiting_count > 0 ? (
            <Link {...quarantineOf(source.id)}>{t('see_quarantine')}</Link>
          ) : (
            t('no_errors')
          )
        }
      />
    </div>
  )
}
