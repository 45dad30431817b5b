import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { FeedForm } from './FeedForm'
import { blankOrigin } from './feeds'
import { feedPath, feedsPath } from './nav'
import { RunsView } from './RunsView'

const blank = {
  name: { en: '' },
  from: blankOrigin('folder'),
  schedule: { every_minutes: 60 },
}

export default function FeedPage() {
  const { t } = useTranslation(['feeds', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'feed',
        listPath: feedsPath,
        listLabel: t('title'),
        pathOf: feedPath,
        newTitle: t('create'),
        blank,
        views: [
          { key: 'form', label: t('definition:view.form'), content: FeedForm },
          { key: 'runs', label: t('runs.view'), content: RunsView },
        ],
      }}
    />
  )
}
