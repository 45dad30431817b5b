import { useTranslation } from 'react-i18next'
import { DefinitionPage } from '../../app/definition'
import { tryIt } from '../simulations/nav'
import { strategiesPath, strategyPath } from './nav'
import { StrategyForm } from './StrategyForm'

const blank = {
  name: { en: '' },
  formula: 'propensity * context * value * lever',
  universal_control_fraction: 0,
  learning: {
    algorithm: 'bayesian',
    sampling: 0.5,
    exploration: 0.02,
    prior_presentations: 50,
    half_life_days: 60,
    new_offers: { proven_after: 200, per_day: 1000 },
    rewards: { click: 0.2, view: 0, ignored: 0.5 },
    features: { context: true, time: true, history: true, interests: true },
  },
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
