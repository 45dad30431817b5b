import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  type Definition,
  Fields,
  FormColumns,
  InstantField,
  MoneyField,
  NameField,
  NumberField,
  PercentField,
  PickField,
  RuleField,
  Side,
  TagsField,
  TextField,
  useChoices,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { OfferCapsPanel } from '../caps/OfferCapsPanel'
import { AttributesPanel } from './AttributesPanel'
import { CodePanel } from './CodePanel'
import { CreativesPanel } from './CreativesPanel'
import { categories, tags } from './offers'
import { PreviewPanel } from './PreviewPanel'
import { RecallPanel } from './RecallPanel'
import { RelevantPanel } from './RelevantPanel'
import { Sections } from './Sections'
import { VariantsPanel } from './VariantsPanel'

export function OfferForm({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('offers')
  return (
    <FormColumns
      aside={
        <>
          <PreviewPanel />
          {definition && <RecallPanel definition={definition} />}
          {definition?.published_version && <OfferCapsPanel offer={definition.key} />}
        </>
      }
    >
      <Sections
        sections={[
          { title: t('general'), content: <GeneralPanel /> },
          { title: t('attributes'), content: <AttributesPanel /> },
          { title: t('worth.title'), content: <ValuePanel /> },
          { title: t('creatives.title'), content: <CreativesPanel /> },
          { title: t('variants.title'), content: <VariantsPanel /> },
          { title: t('code.title'), content: <CodePanel /> },
          { title: t('eligibility.title'), content: <EligibilityPanel /> },
          { title: t('relevant.title'), content: <RelevantPanel definition={definition} /> },
          { title: t('suppress.title'), content: <SuppressPanel /> },
        ]}
      />
    </FormColumns>
  )
}

function GeneralPanel() {
  const { t } = useTranslation('offers')
  const templates = useChoices('offer_template').choices
  const placements = useChoices('placement').choices
  return (
    <Panel title={t('general')}>
      <Fields>
        <NameField />
        <Side>
          <ChoiceField path="/template" label={t('template')} choices={templates} required />
          <CategoryField />
        </Side>
        <Side>
          <InstantField path="/valid_from" label={t('valid_from')} hint={t('valid_hint')} />
          <InstantField path="/valid_until" label={t('valid_until')} hint={t('valid_hint')} />
        </Side>
        <PickField
          path="/placements"
          label={t('placements')}
          hint={t('placements_hint')}
          choices={placements}
          all
        />
        <LabelFields />
      </Fields>
    </Panel>
  )
}

/** By what the offer is found, and who looks after it. */
function LabelFields() {
  const { t } = useTranslation('offers')
  const known = tags(useChoices('offer').items)
  return (
    <Side>
      <TagsField path="/tags" label={t('tags')} suggestions={known} all />
      <TextField path="/owner" label={t('owner')} hint={t('owner_hint')} />
    </Side>
  )
}

function CategoryField() {
  const { t } = useTranslation('offers')
  const known = categories(useChoices('offer').items)
  return (
    <TextField
      path="/category"
      label={t('category')}
      hint={t('category_hint', { known: known.slice(0, 4).join(', ') || '–' })}
      required
    />
  )
}

function ValuePanel() {
  const { t } = useTranslation('offers')
  const form = useForm()
  const currency = form.text('/currency') || 'EUR'
  return (
    <Panel title={t('worth.title')}>
      <Fields>
        <Side>
          <MoneyField path="/value_cents" label={t('worth.value')} currency={currency} required />
          <MoneyField path="/cost_cents" label={t('worth.cost')} currency={currency} required />
          <TextField path="/currency" label={t('worth.currency')} required />
        </Side>
        <Side>
          <PercentField
            path="/propensity"
            label={t('worth.propensity')}
            hint={t('worth.propensity_hint')}
            required
          />
          <NumberField
            path="/lever"
            label={t('worth.lever')}
            hint={t('worth.lever_hint')}
            digits={3}
            min={0}
            max={1000}
            required
          />
          <PercentField
            path="/control_fraction"
            label={t('worth.control')}
            hint={t('worth.control_hint')}
            required
          />
        </Side>
      </Fields>
    </Panel>
  )
}

function EligibilityPanel() {
  const { t } = useTranslation('offers')
  return (
    <Panel title={t('eligibility.title')} side="theirs">
      <RuleField path="/eligibility" label={t('eligibility.label')} />
    </Panel>
  )
}

function SuppressPanel() {
  const { t } = useTranslation('offers')
  const offers = useChoices('offer').choices
  const lists = useChoices('offer_list').choices
  const days = { unit: t('days'), min: 0, placeholder: t('suppress.never') }
  return (
    <Panel title={t('suppress.title')}>
      <Fields>
        <Side>
          <NumberField
            path="/suppress/after_accept_days"
            label={t('suppress.after_accept')}
            {...days}
          />
          <NumberField
            path="/suppress/after_reject_days"
            label={t('suppress.after_reject')}
            {...days}
          />
        </Side>
        <Side>
          <NumberField
            path="/suppress/after_views"
            label={t('suppress.after_views')}
            min={1}
            placeholder={t('suppress.never')}
          />
          <NumberField
            path="/suppress/views_days"
            label={t('suppress.views_days')}
            unit={t('days')}
            min={1}
            placeholder="7"
          />
        </Side>
        <Side>
          <NumberField
            path="/suppress/after_ignored"
            label={t('suppress.after_ignored')}
            min={1}
            placeholder={t('suppress.never')}
          />
          <NumberField
            path="/suppress/ignored_days"
            label={t('suppress.ignored_days')}
            unit={t('days')}
            min={1}
            placeholder="30"
          />
        </Side>
        <PickField path="/suppress/related" label={t('suppress.related')} choices={offers} all />
        <PickField
          path="/suppress/related_lists"
          label={t('suppress.related_lists')}
          choices={lists}
          all
        />
      </Fields>
    </Panel>
  )
}
