import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { bodyOf, type Definition, DefinitionList, useCommonColumns } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import { StatusBadge } from '../../ui'
import { reportQuery } from './experiments'
import { experimentPath } from './nav'
import { useMetric, useSubject, useVerdict, variantName } from './useWords'

export default function ExperimentsPage() {
  const { t } = useTranslation('experiments')
  const common = useCommonColumns()
  const subject = useSubject()
  const metric = useMetric()
  return (
    <DefinitionList
      setup={{
        kind: 'experiment',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: experimentPath,
      }}
      columns={[
        { ...common.name, wrap: true },
        {
          key: 'subject',
          header: t('subject.label'),
          wrap: true,
          cell: (row) => subject(bodyOf(row).subject),
        },
        {
          key: 'metric',
          header: t('metric.label'),
          wrap: true,
          cell: (row) => metric(bodyOf(row).metric),
        },
        {
          key: 'verdict',
          header: t('verdict.column'),
          wrap: true,
          cell: (row) => (row.published_version ? <Verdict row={row} /> : '–'),
        },
        common.state,
        common.changed,
      ]}
    />
  )
}

/** What it has found so far. Counted once and kept for a while: a list is no place to wait. */
function Verdict({ row }: { row: Definition }) {
  const { t } = useTranslation('experiments')
  const ownText = useOwnText()
  const report = useQuery({ ...reportQuery(row.key), staleTime: 300_000, retry: false })
  const say = useVerdict(variantName(bodyOf(row), ownText))
  if (report.error) return '–'
  if (!report.data) return <span role="status">{t('verdict.counting')}</span>
  const verdict = say(report.data)
  return <StatusBadge tone={verdict.tone} word={verdict.title} sentence />
}
