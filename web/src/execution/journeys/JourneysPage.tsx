import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Definition, DefinitionList, useCommonColumns } from '../../app/definition'
import { useFormat } from '../../ui'
import { countsQuery, journeyOf } from './journeys'
import { journeyPath } from './nav'
import { useSentences } from './sentences'

export default function JourneysPage() {
  const { t } = useTranslation('journeys')
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'journey',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: journeyPath,
      }}
      columns={[
        common.name,
        {
          key: 'entry',
          header: t('column.entry'),
          wrap: true,
          cell: (row) => <Entry row={row} />,
        },
        common.state,
        {
          key: 'inside',
          header: t('state.inside'),
          align: 'end',
          cell: (row) => <Count row={row} state="inside" />,
        },
        {
          key: 'done',
          header: t('state.done'),
          align: 'end',
          cell: (row) => <Count row={row} state="done" />,
        },
        {
          key: 'failed',
          header: t('state.failed'),
          align: 'end',
          cell: (row) => <Count row={row} state="failed" />,
        },
        common.changed,
      ]}
    />
  )
}

function Entry({ row }: { row: Definition }) {
  return useSentences(journeyOf(row.body), { conditions: false }).entry()
}

function Count({ row, state }: { row: Definition; state: 'inside' | 'done' | 'failed' }) {
  const format = useFormat()
  const counts = useQuery({
    ...countsQuery(row.key),
    enabled: Boolean(row.published_version),
    refetchInterval: 10_000,
  })
  return counts.data ? format.number(counts.data.states[state]) : '–'
}
