import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { offerListPath, offerListsPath } from './nav'
import { OfferListForm } from './OfferListForm'

const blank = { name: { en: '' }, offers: [] }

export default function OfferListPage() {
  const { t } = useTranslation(['offer_lists', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'offer_list',
        listPath: offerListsPath,
        listLabel: t('title'),
        pathOf: offerListPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: OfferListForm }],
      }}
    />
  )
}
