import { useTranslation } from 'react-i18next'
import { ContextWeightRows } from '../../app/definition'
import { Panel } from '../../ui'

/** Factors that count while criteria hold, as part of the strategy. */
export function ContextWeights() {
  const { t } = useTranslation('strategies')
  return (
    <Panel title={t('circumstances.title')}>
      <ContextWeightRows path="/context_weights" />
    </Panel>
  )
}
