import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { CapForm } from './CapForm'
import { capPath, capsPath } from './nav'

const blank = { name: { en: '' }, measure: 'contacts', at_most: 1000, per: 'total' }

export default function CapPage() {
  const { t } = useTranslation(['caps', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'cap',
        listPath: capsPath,
        listLabel: t('title'),
        pathOf: capPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: CapForm }],
      }}
    />
  )
}
