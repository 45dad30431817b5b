import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { tryIt } from '../simulations/nav'
import { placementPath, placementsPath } from './nav'
import { PlacementForm } from './PlacementForm'

const blank = {
  name: { en: '' },
  channel: 'web',
  touchpoint: '',
  count: 1,
  reserves_ms: 1_800_000,
}

export default function PlacementPage() {
  const { t } = useTranslation(['placements', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'placement',
        tryIt: tryIt('placement'),
        listPath: placementsPath,
        listLabel: t('title'),
        pathOf: placementPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: PlacementForm }],
      }}
    />
  )
}
