import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { bodyOf, type Definition, DefinitionList, useCommonColumns } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import { StatusBadge } from '../../ui'
import { type ExperimentRow, verdictsQuery } from './experiments'
import { experimentPath } from './nav'
import { useMetric, useSubject, useVerdict, variantName } from './useWords'

export default function ExperimentsPage() {
  const { t } = useTranslation('experiments')
  const common = useCommonColumns()
  const subject = useSubject()
  const metric = useMetric()
  const verdicts = useQuery(verdictsQuery())
  const found = new Map(verdicts.data?.items.map((one) => [one.experiment, one]))
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
          cell: (row) => <Verdict row={row} found={found.get(row.key)} />,
        },
        common.state,
      ]}
    />
  )
}

/** What it has found so far; drafts have found nothing. */
function Verdict({ row, found }: { row: Definition; found: ExperimentRow | undefined }) {
  const { t } = useTranslation('experiments')
  const ownText = useOwnText()
  const say = useVerdict(variantName(bodyOf(row), ownText), bodyOf(row).metric)
  if (!found || found.problem) return found?.problem ?? '–'
  if (!found.verdict) return <span role="status">{t('verdict.counting')}</span>
  const verdict = say({ verdict: found.verdict, holdout: found.holdout })
  return <StatusBadge tone={verdict.tone} word={verdict.title} sentence />
}
