import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { tryIt } from '../simulations/nav'
import { strategiesPath, strategyPath } from './nav'
import { StrategyForm } from './StrategyForm'

const blank = {
  name: { en: '' },
  formula: 'propensity * context * value * lever',
  universal_control_fraction: 0,
}

export default function StrategyPage() {
  const { t } = useTranslation(['strategies', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'strategy',
        tryIt: tryIt('strategy'),
        listPath: strategiesPath,
        listLabel: t('title'),
        pathOf: strategyPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: StrategyForm }],
      }}
    />
  )
}
