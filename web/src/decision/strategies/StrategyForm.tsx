import { useTranslation } from 'react-i18next'
import {
  ChannelsField,
  type Definition,
  Fields,
  FormColumns,
  Levers,
  NameField,
  PercentField,
  PickField,
  useChoices,
} from '../../app/definition'
import { Panel } from '../../ui'
import { ContextWeights } from './ContextWeights'
import { LearningFields } from './LearningFields'
import { OnlyGeneral } from './OnlyGeneral'
import { RankingPanel } from './RankingPanel'
import { SensitivityPanel } from './SensitivityPanel'
import classes from './StrategyForm.module.css'
import { ValuePanel } from './ValuePanel'
import { WorthsPanel } from './WorthsPanel'

const factors = ['propensity', 'context', 'value', 'lever'] as const

export function StrategyForm({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('strategies')
  const placements = useChoices('placement').choices
  return (
    <FormColumns
      aside={
        <>
          <SensitivityPanel strategy={definition?.key ?? 'new'} />
          <RankingPanel saved={definition?.body} />
          <WorthsPanel />
        </>
      }
    >
      <Panel title={t('formula.title')}>
        <Fields>
          <p className={classes.formula}>
            <strong>{t('formula.priority')}</strong>
            <span>=</span>
            {factors.map((factor, place) => (
              <span key={factor} className={classes.part}>
                {place > 0 && <span className={classes.times}>×</span>}
                <span className={classes.factor}>{t(`formula.${factor}`)}</span>
              </span>
            ))}
          </p>
          <ul className={classes.list}>
            {factors.map((factor) => (
              <li key={factor}>
                <strong>{t(`formula.${factor}`)}</strong> {t(`formula.${factor}_text`)}
              </li>
            ))}
          </ul>
          <NameField />
        </Fields>
      </Panel>
      <Panel title={t('levers.title')}>
        <Levers path="/levers" empty={t('levers.empty')} />
      </Panel>
      <LearningFields />
      <ContextWeights />
      <Panel title={t('where.title')}>
        <Fields>
          <PickField
            path="/placements"
            label={t('where.placements')}
            hint={t('where.hint')}
            choices={placements}
            all
          />
          <ChannelsField path="/channels" label={t('where.channels')} all />
        </Fields>
      </Panel>
      <ValuePanel />
      <Panel title={t('control.title')}>
        <OnlyGeneral>
          <PercentField
            path="/universal_control_fraction"
            label={t('control.label')}
            hint={t('control.hint')}
            required
          />
        </OnlyGeneral>
      </Panel>
    </FormColumns>
  )
}
