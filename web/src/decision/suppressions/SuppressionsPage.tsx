import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type AnyBody, bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { useWord } from '../../locales/words'
import { useFormat, When } from '../../ui'
import { suppressionPath } from './nav'
import { figuresQuery } from './suppressions'

export default function SuppressionsPage() {
  const { t } = useTranslation('suppressions')
  const common = useCommonColumns()
  const word = useWord()
  const format = useFormat()
  const figures = useQuery(figuresQuery())
  const of = (key: string) => figures.data?.find((one) => one.list === key)
  const text = (body: unknown, key: string) => String((body as AnyBody)[key] ?? '–')
  return (
    <DefinitionList
      setup={{
        kind: 'suppression_list',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: suppressionPath,
      }}
      columns={[
        common.name,
        { key: 'owner', header: t('owner'), cell: (row) => text(row.body, 'owner') },
        { key: 'reason', header: t('reason'), wrap: true, cell: (row) => text(row.body, 'reason') },
        {
          key: 'channels',
          header: t('channels'),
          wrap: true,
          cell: (row) => {
            const { channels } = bodyOf(row)
            return Array.isArray(channels)
              ? channels.map((one) => word('channel', String(one))).join(', ')
              : t('all_channels')
          },
        },
        {
          key: 'entries',
          header: t('entries.count'),
          align: 'end',
          cell: (row) => {
            const found = of(row.key)
            return found ? format.number(found.entries) : '–'
          },
        },
        {
          key: 'expires',
          header: t('expires'),
          cell: (row) => {
            const end = bodyOf(row).expires_at
            return typeof end === 'string' ? <When at={end} /> : t('never')
          },
        },
        common.state,
      ]}
    />
  )
}
