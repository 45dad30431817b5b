import { useTranslation } from 'react-i18next'
import { ControlGroupPanel } from '../../app/control/ControlGroupPanel'
import { type Definition, DefinitionPage } from '../../app/definition'
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
          { key: 'earns', label: t('earns'), content: Earns },
          { key: 'codes', label: t('view.codes'), content: CodesView },
        ],
      }}
    />
  )
}

function Earns({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('offers')
  if (!definition) return null
  return <ControlGroupPanel of="offer" subject={definition.key} title={t('earns')} />
}
