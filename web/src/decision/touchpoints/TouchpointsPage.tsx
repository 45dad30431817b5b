import { NativeSelect, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { bodyOf, inUse } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import { CodeSnippet, EmptyState, ErrorPanel, PageHeader, Panel, Skeleton } from '../../ui'
import { placementPath } from '../placements/nav'
import { snippetOf, type Topic, topics } from './snippets'

/** How call centres, kiosks and programs ask for offers, ready to paste. */
export default function TouchpointsPage() {
  const { t } = useTranslation('touchpoints')
  const ownText = useOwnText()
  const system = useQuery({ ...query('/api/system'), retry: false })
  const placements = useQuery(
    query('/api/definitions/{kind}', { path: { kind: 'placement' }, query: { limit: 500 } }),
  )
  const published = (placements.data?.items ?? []).filter(inUse)
  const inCalls = published.find((one) => channelOf(one) === 'call_center')
  const [chosen, choose] = useState<string | null>(null)
  const placement = published.find((one) => one.key === chosen) ?? inCalls ?? published[0]
  const address = (system.data?.base_url ?? location.origin).replace(/\/$/, '')
  const setting = {
    address,
    placement: placement?.key ?? 'placement',
    channel: placement ? channelOf(placement) : 'call_center',
    comments: {
      begin: t('comment.begin'),
      offers: t('comment.offers'),
      response: t('comment.response'),
      end: t('comment.end'),
    },
  }
  const snippet = (topic: Topic) => (
    <Panel key={topic} title={t(`${topic}.title`)}>
      <p style={{ marginBlockStart: 0 }}>{t(`${topic}.text`)}</p>
      <CodeSnippet label={t(`${topic}.title`)} code={snippetOf(topic, setting)} />
    </Panel>
  )
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      {placements.isPending && <Skeleton lines={8} />}
      {placements.error && (
        <ErrorPanel error={placements.error} retry={() => placements.refetch()} />
      )}
      {placements.data && published.length === 0 && (
        <EmptyState
          title={t('empty.title')}
          text={t('empty.text')}
          actions={<Link to={placementPath('new')}>{t('empty.action')}</Link>}
        />
      )}
      {published.length > 0 && (
        <>
          <NativeSelect
            label={t('placement')}
            description={t('placement_hint')}
            mb="md"
            maw={420}
            value={placement?.key}
            data={published.map((one) => ({
              value: one.key,
              label: ownText(bodyOf(one).name) || one.title,
            }))}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          <Stack gap="md">{topics.map(snippet)}</Stack>
        </>
      )}
    </>
  )
}

function channelOf(placement: { body: unknown }): string {
  const body = bodyOf(placement)
  return typeof body.channel === 'string' ? body.channel : 'web'
}
