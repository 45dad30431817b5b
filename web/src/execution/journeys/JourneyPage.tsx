import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { JourneyView } from './JourneyView'
import { blank } from './journeys'
import { journeyPath, journeysPath } from './nav'

export default function JourneyPage() {
  const { t } = useTranslation('journeys')
  return (
    <DefinitionPage
      setup={{
        kind: 'journey',
        listPath: journeysPath,
        listLabel: t('title'),
        pathOf: journeyPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'canvas', label: t('canvas.title'), content: JourneyView }],
      }}
    />
  )
}
