import { useTranslation } from 'react-i18next'
import { bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { offerListPath } from './nav'

export default function OfferListsPage() {
  const { t } = useTranslation('offer_lists')
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'offer_list',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: offerListPath,
      }}
      columns={[
        common.name,
        {
          key: 'how',
          header: t('column.how'),
          cell: (row) => {
            const { offers } = bodyOf(row)
            return Array.isArray(offers) ? t('fixed', { count: offers.length }) : t('by_rule')
          },
        },
        common.state,
        common.changed,
      ]}
    />
  )
}
