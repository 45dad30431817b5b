import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { templatePath, templatesPath } from './nav'
import { TemplateEditor } from './TemplateEditor'
import { blank } from './templates'

export default function TemplatePage() {
  const { t } = useTranslation('templates')
  return (
    <DefinitionPage
      setup={{
        kind: 'template',
        listPath: templatesPath,
        listLabel: t('title'),
        pathOf: templatePath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'editor', label: t('editor'), content: TemplateEditor }],
      }}
    />
  )
}
