import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { tryIt } from '../simulations/nav'
import { CodesView } from './CodesView'
import { offerPath, offersPath } from './nav'
import { OfferForm } from './OfferForm'
import { blank } from './offers'
import { SuccessView } from './SuccessView'

export default function OfferPage() {
  const { t } = useTranslation(['offers', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'offer',
        tryIt: tryIt('offer'),
        listPath: offersPath,
        listLabel: t('title'),
        pathOf: offerPath,
        newTitle: t('create'),
        blank,
        views: [
          { key: 'form', label: t('definition:view.form'), content: OfferForm },
          { key: 'success', label: t('view.success'), content: SuccessView },
          { key: 'codes', label: t('view.codes'), content: CodesView },
        ],
      }}
    />
  )
}
