import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { tryIt } from '../simulations/nav'
import { policiesPath, policyPath } from './nav'
import { PolicyForm } from './PolicyForm'

const blank = { name: { en: '' }, limits: [], default_zone: 'UTC' }

export default function PolicyPage() {
  const { t } = useTranslation(['policies', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'policy',
        tryIt: tryIt('policy'),
        listPath: policiesPath,
        listLabel: t('title'),
        pathOf: policyPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: PolicyForm }],
      }}
    />
  )
}
