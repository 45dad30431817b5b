import { useTranslation } from 'react-i18next'
import { type AnyBody, bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { policyPath } from './nav'
import { useSentences } from './sentences'

export default function PoliciesPage() {
  const { t } = useTranslation('policies')
  const common = useCommonColumns()
  const sentences = useSentences()
  const limitsOf = (body: AnyBody) => (Array.isArray(body.limits) ? body.limits : [])
  return (
    <DefinitionList
      setup={{
        kind: 'policy',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: policyPath,
      }}
      columns={[
        common.name,
        {
          key: 'limits',
          header: t('limits'),
          wrap: true,
          cell: (row) => limitsOf(bodyOf(row)).map(sentences.limit).join(' '),
        },
        {
          key: 'quiet',
          header: t('quiet.title'),
          wrap: true,
          cell: (row) => {
            const hours = bodyOf(row).quiet_hours
            return hours ? sentences.quiet(hours) : '–'
          },
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
