import { useTranslation } from 'react-i18next'
import { type AnyBody, bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { offerTemplatePath } from './nav'

const keys = (body: AnyBody) =>
  Array.isArray(body.attributes)
    ? body.attributes.map((one: { key?: unknown }) => String(one.key ?? ''))
    : []

export default function OfferTemplatesPage() {
  const { t } = useTranslation('offer_templates')
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'offer_template',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: offerTemplatePath,
      }}
      columns={[
        common.name,
        {
          key: 'attributes',
          header: t('attributes'),
          wrap: true,
          cell: (row) => keys(bodyOf(row)).join(', ') || '–',
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
