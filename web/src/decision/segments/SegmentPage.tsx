import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { MembersView } from './MembersView'
import { segmentPath, segmentsPath } from './nav'
import { SegmentForm } from './SegmentForm'
import { blank } from './segments'
import { UsesView } from './UsesView'

export default function SegmentPage() {
  const { t } = useTranslation(['segments', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'segment',
        listPath: segmentsPath,
        listLabel: t('title'),
        pathOf: segmentPath,
        newTitle: t('create'),
        blank,
        views: [
          { key: 'form', label: t('view.rule'), content: SegmentForm },
          { key: 'members', label: t('view.members'), content: MembersView },
          { key: 'uses', label: t('view.uses'), content: UsesView },
        ],
      }}
    />
  )
}
