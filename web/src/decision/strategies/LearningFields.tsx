import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  NumberField,
  PercentField,
  SwitchField,
  TagsField,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { OnlyGeneral } from './OnlyGeneral'

const algorithms = ['bayesian', 'naive_bayes', 'fixed'] as const
const periods = ['day', 'month'] as const
const switches = ['context', 'time', 'history', 'interests'] as const

/** How propensities are learned, as part of the strategy. */
export function LearningFields() {
  const { t } = useTranslation('strategies')
  const form = useForm()
  const algorithm = form.text('/learning/algorithm') || 'bayesian'
  return (
    <Panel title={t('learning.title')}>
      <OnlyGeneral>
        <ChoiceField
          path="/learning/algorithm"
          otherwise="bayesian"
          label={t('learning.algorithm')}
          choices={algorithms.map((value) => ({ value, label: t(`learning.${value}`) }))}
        />
        {algorithm !== 'fixed' && <Trying />}
        <Rewards />
        {algorithm !== 'fixed' && <Features />}
      </OnlyGeneral>
    </Panel>
  )
}

function Trying() {
  const { t } = useTranslation('strategies')
  return (
    <>
      <NumberField
        path="/learning/sampling"
        label={t('learning.sampling')}
        hint={t('learning.sampling_hint')}
        digits={2}
        min={0}
        max={2}
        placeholder="0.5"
      />
      <PercentField
        path="/learning/exploration"
        label={t('learning.exploration')}
        hint={t('learning.exploration_hint')}
        placeholder="2 %"
      />
      <Budget />
      <NumberField
        path="/learning/prior_presentations"
        label={t('learning.prior')}
        hint={t('learning.prior_hint')}
        unit={t('learning.presentations')}
        min={1}
        placeholder="50"
      />
      <NumberField
        path="/learning/new_offers/proven_after"
        label={t('learning.proven_after')}
        unit={t('learning.presentations')}
        min={0}
        placeholder="200"
      />
      <NumberField
        path="/learning/new_offers/per_day"
        label={t('learning.per_day')}
        hint={t('learning.per_day_hint')}
        min={0}
        placeholder="1000"
      />
      <NumberField
        path="/learning/half_life_days"
        label={t('learning.half_life')}
        unit={t('learning.days')}
        min={1}
        placeholder="60"
      />
    </>
  )
}

/** How much trying out may cost: nothing is asked about the amount until a time is chosen. */
function Budget() {
  const { t } = useTranslation('strategies')
  const form = useForm()
  useFieldLabel('/learning/budget', t('learning.budget'))
  const per = form.text('/learning/budget/per')
  const cents = form.number('/learning/budget/cents') ?? 0
  const choices = [
    { value: '', label: t('learning.budget_none') },
    ...periods.map((value) => ({ value, label: t(`learning.budget_${value}`) })),
  ]
  return (
    <>
      <NativeSelect
        label={t('learning.budget')}
        description={t('learning.budget_hint')}
        data-path="/learning/budget"
        disabled={form.readOnly}
        value={per}
        data={choices}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          form.set('/learning/budget', chosen ? { cents, per: chosen } : undefined)
        }}
      />
      {per && (
        <NumberField
          path="/learning/budget/cents"
          label={t('learning.budget_amount')}
          hint={t('learning.budget_amount_hint')}
          scale={0.01}
          digits={2}
          min={0}
          required
        />
      )}
    </>
  )
}

function Rewards() {
  const { t } = useTranslation('strategies')
  return (
    <>
      <strong>{t('learning.rewards')}</strong>
      <PercentField path="/learning/rewards/click" label={t('learning.click')} />
      <PercentField path="/learning/rewards/view" label={t('learning.view')} />
      <PercentField path="/learning/rewards/ignored" label={t('learning.ignored')} />
    </>
  )
}

function Features() {
  const { t } = useTranslation('strategies')
  return (
    <>
      <TagsField
        path="/learning/features/attributes"
        label={t('learning.attributes')}
        hint={t('learning.attributes_hint')}
        all
      />
      <TagsField path="/learning/features/except" label={t('learning.except')} all />
      <TagsField path="/learning/features/segments" label={t('learning.segments')} all />
      {switches.map((one) => (
        <SwitchField key={one} path={`/learning/features/${one}`} label={t(`learning.${one}`)} />
      ))}
    </>
  )
}
