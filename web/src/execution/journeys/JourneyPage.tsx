import { useTranslation } from 'react-i18next'
import { ControlGroupPanel } from '../../app/control/ControlGroupPanel'
import { type Definition, DefinitionPage } from '../../app/definition'
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
        views: [
          { key: 'canvas', label: t('canvas.title'), content: JourneyView },
          { key: 'earns', label: t('earns'), content: Earns },
        ],
      }}
    />
  )
}

function Earns({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('journeys')
  if (!definition) return null
  return <ControlGroupPanel of="journey" subject={definition.key} title={t('earns')} />
}
