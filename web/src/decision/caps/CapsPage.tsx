import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { usageQuery } from './caps'
import { capPath } from './nav'
import { useSentence } from './sentence'
import { UsageBar } from './UsageBar'

export default function CapsPage() {
  const { t } = useTranslation('caps')
  const common = useCommonColumns()
  const sentence = useSentence()
  const usage = useQuery({ ...usageQuery(), refetchInterval: 5_000, retry: false })
  const usageOf = (key: string) => usage.data?.items.find((one) => one.cap === key)
  return (
    <DefinitionList
      setup={{
        kind: 'cap',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: capPath,
      }}
      columns={[
        common.name,
        {
          key: 'rule',
          header: t('rule'),
          wrap: true,
          cell: (row) => sentence(bodyOf(row)),
        },
        {
          key: 'usage',
          header: t('usage.title'),
          width: 240,
          cell: (row) => {
            const known = usageOf(row.key)
            return known ? <UsageBar usage={known} /> : '–'
          },
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
