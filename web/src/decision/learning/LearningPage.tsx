import { Box, NativeSelect } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { channels } from '../../app/definition'
import { useWord } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  ErrorPanel,
  Filters,
  PageHeader,
  Skeleton,
  useFormat,
  useUrl,
  When,
} from '../../ui'
import classes from './Learning.module.css'
import { type ModelRow, modelsPages, overviewQuery } from './learning'
import { modelPath } from './nav'
import { OverviewPanel } from './OverviewPanel'
import { RebuildPanel } from './RebuildPanel'
import { StateWord } from './StateWord'

/** What is learned about every offer in every channel, and what trying out costs. */
export default function LearningPage() {
  const { t } = useTranslation('learning')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const channel = channels.find((one) => one === search.channel)
  const overview = useQuery(overviewQuery())
  const rows = useInfiniteQuery(modelsPages(channel))
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      {overview.isPending && <Skeleton lines={4} />}
      {overview.error && <ErrorPanel error={overview.error} retry={() => overview.refetch()} />}
      {overview.data && <OverviewPanel overview={overview.data} />}
      <Filters>
        <NativeSelect
          aria-label={t('filter.channel')}
          value={channel ?? ''}
          onChange={(event) => setSearch({ channel: event.currentTarget.value })}
          data={[
            { value: '', label: t('filter.every_channel') },
            ...channels.map((value) => ({ value, label: word('channel', value) })),
          ]}
        />
      </Filters>
      <DataTable
        label={t('models')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => `${row.channel}/${row.offer}`}
        rowLink={(row) => modelPath(row.channel, row.offer)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          channel ? { text: t('none_found'), clear: () => setSearch({ channel: null }) } : undefined
        }
      />
      <p className={classes.below}>
        {t('counting')} {t('weighed')}
      </p>
      <Box mt="md">
        <RebuildPanel />
      </Box>
    </>
  )
}

function useColumns(): Column<ModelRow>[] {
  const { t } = useTranslation('learning')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  return [
    {
      key: 'offer',
      header: t('column.offer'),
      wrap: true,
      cell: (row) => offerName(row.offer),
    },
    { key: 'channel', header: t('column.channel'), cell: (row) => word('channel', row.channel) },
    {
      key: 'state',
      header: t('column.state'),
      wrap: true,
      cell: (row) => <StateWord row={row} short />,
    },
    {
      key: 'rate',
      header: t('column.rate'),
      cell: (row) => (
        <span title={t('rate_title')}>
          <b>{format.percent(row.rate)}</b>{' '}
          {t('between', { low: format.percent(row.rate_low), high: format.percent(row.rate_high) })}
        </span>
      ),
    },
    {
      key: 'shown',
      header: t('column.shown'),
      align: 'end',
      cell: (row) => format.number(row.shown_count),
    },
    {
      key: 'rewarded',
      header: t('column.rewarded'),
      align: 'end',
      cell: (row) => format.decimal(row.rewarded, 1),
    },
    {
      key: 'explored',
      header: t('column.explored'),
      wide: true,
      align: 'end',
      cell: (row) => format.number(row.explored_count),
    },
    {
      key: 'learned',
      header: t('column.learned'),
      cell: (row) => (row.learned_at ? <When at={row.learned_at} /> : '–'),
    },
  ]
}
