import { useTranslation } from 'react-i18next'
import { type AnyBody, DefinitionList, useCommonColumns } from '../../app/definition'
import { useFormat } from '../../ui'
import { experimentPath } from './nav'
import { useMetric, useSubject } from './useWords'

export default function ExperimentsPage() {
  const { t } = useTranslation('experiments')
  const format = useFormat()
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
        common.name,
        {
          key: 'subject',
          header: t('subject.label'),
          wrap: true,
          cell: (row) => subject((row.body as AnyBody).subject),
        },
        {
          key: 'metric',
          header: t('metric.label'),
          wrap: true,
          cell: (row) => metric((row.body as AnyBody).metric),
        },
        {
          key: 'variants',
          header: t('variants.title'),
          align: 'end',
          cell: (row) => {
            const { variants } = row.body as AnyBody
            return format.number(Array.isArray(variants) ? variants.length : 0)
          },
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
