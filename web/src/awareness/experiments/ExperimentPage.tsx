import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { ExperimentForm } from './ExperimentForm'
import { blank } from './experiments'
import { experimentPath, experimentsPath } from './nav'
import { ResultsView } from './ResultsView'

export default function ExperimentPage() {
  const { t } = useTranslation(['experiments', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'experiment',
        listPath: experimentsPath,
        listLabel: t('title'),
        pathOf: experimentPath,
        newTitle: t('create'),
        blank,
        views: [
          { key: 'form', label: t('definition:view.form'), content: ExperimentForm },
          { key: 'results', label: t('results.title'), content: ResultsView },
        ],
      }}
    />
  )
}
