import { useTranslation } from 'react-i18next'
import { DefinitionList, useCommonColumns } from '../../app/definition'
import { useWord } from '../../locales/words'
import { templatePath } from './nav'
import { templateOf } from './templates'

export default function TemplatesPage() {
  const { t, i18n } = useTranslation('templates')
  const word = useWord()
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'template',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: templatePath,
      }}
      columns={[
        common.name,
        {
          key: 'subject',
          header: t('subject'),
          wrap: true,
          cell: (row) => {
            const variants = templateOf(row.body).variants ?? {}
            const mine = variants[i18n.language.slice(0, 2)] ?? Object.values(variants)[0]
            return mine?.subject || '–'
          },
        },
        {
          key: 'purpose',
          header: t('purpose'),
          cell: (row) => word('purpose', templateOf(row.body).purpose ?? 'marketing'),
        },
        {
          key: 'languages',
          header: t('languages'),
          cell: (row) => Object.keys(templateOf(row.body).variants ?? {}).join(', '),
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
