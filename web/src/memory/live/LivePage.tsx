import { Button, NativeSelect } from '@mantine/core'
import { useTimeout } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import {
  EmptyState,
  Filters,
  Icon,
  PageHeader,
  SearchField,
  StatusBadge,
  type Tone,
  useFormat,
  useUrl,
} from '../../ui'
import { EventPanel } from './EventPanel'
import { Listening } from './Listening'
import { LiveList } from './LiveList'
import classes from './LivePage.module.css'
import { type Connection, type LiveItem, type Tail, useTail, wantedOf } from './live'

const tones: Record<Connection, Tone> = {
  connecting: 'plain',
  listening: 'good',
  lost: 'warn',
  refused: 'bad',
}

/** The newest rows come at once; whoever waited this long without any has none yet. */
const patienceMs = 1_200

export default function LivePage() {
  const { t } = useTranslation('live')
  const [search, setSearch] = useUrl()
  const { q = '', source = '' } = search
  const [tail, act] = useTail(wantedOf(source, q))
  const [chosen, choose] = useState<LiveItem | null>(null)
  const [waited, setWaited] = useState(false)
  useTimeout(() => setWaited(tail.shown.length === 0), patienceMs, { autoInvoke: true })
  const narrowed = Boolean(q || source)
  const clear = () => setSearch({ q: null, source: null })
  return (
    <>
      <Head tail={tail} act={act} />
      {waited && !narrowed && <Listening arrived={tail.shown.length > 0} />}
      <Filters>
        <SearchField label={t('search')} value={q} onSearch={(text) => setSearch({ q: text })} />
        <SourceChoice source={source} choose={(id) => setSearch({ source: id })} />
        {narrowed && (
          <Button variant="subtle" onClick={clear}>
            {t('clear_filter')}
          </Button>
        )}
      </Filters>
      {tail.shown.length > 0 && (
        <div className={chosen ? classes.two : classes.one}>
          <LiveList rows={tail.shown} chosen={chosen} choose={choose} />
          {chosen && (
            <EventPanel
              item={chosen}
              only={() => setSearch({ q: chosen.customer_id })}
              close={() => choose(null)}
            />
          )}
        </div>
      )}
      {tail.shown.length === 0 && (narrowed || tail.connection === 'refused') && (
        <EmptyState
          title={tail.connection === 'refused' ? t('refused') : t('none_found')}
          text={tail.connection === 'refused' ? t('refused_text') : t('none_found_text')}
          actions={
            narrowed && (
              <Button variant="default" onClick={clear}>
                {t('clear_filter')}
              </Button>
            )
          }
        />
      )}
    </>
  )
}

function Head({ tail, act }: { tail: Tail; act: ReturnType<typeof useTail>[1] }) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const { paused, connection, shown, held, skipped } = tail
  const tooFast =
    skipped > 0 && ` ${t('skipped', { count: skipped, shown: format.number(skipped) })}`
  return (
    <PageHeader
      title={t('title')}
      lead={
        <>
          {t('lead')}
          {tooFast}
        </>
      }
      badge={
        <StatusBadge
          tone={paused ? 'warn' : tones[connection]}
          icon={paused ? 'pause' : 'live'}
          word={t(`state.${paused ? 'paused' : connection}`)}
        />
      }
      actions={
        <>
          {shown.length > 0 && (
            <Button variant="subtle" onClick={() => act({ kind: 'clear' })}>
              {t('clear')}
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<Icon name={paused ? 'play' : 'pause'} size={14} />}
            onClick={() => act({ kind: paused ? 'resume' : 'pause' })}
          >
            {paused
              ? t('resume', { count: held.length, shown: format.number(held.length) })
              : t('pause')}
          </Button>
        </>
      }
    />
  )
}

function SourceChoice({ source, choose }: { source: string; choose: (id: string) => void }) {
  const { t } = useTranslation('live')
  const sources = useQuery({ ...query('/api/sources', { query: { limit: 200 } }), retry: false })
  const known = (sources.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))
  const missing = source && !known.some((one) => one.value === source)
  return (
    <NativeSelect
      aria-label={t('source')}
      value={source}
      data={[
        { value: '', label: t('every_source') },
        ...known,
        ...(missing ? [{ value: source, label: source }] : []),
      ]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}
