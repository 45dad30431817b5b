import { Button, NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  Fields,
  FormColumns,
  InstantField,
  type Kind,
  NameField,
  NumberField,
  PercentField,
  RowList,
  Side,
  SwitchField,
  TextField,
  useChoices,
  useForm,
} from '../../app/definition'
import { Panel, useFormat } from '../../ui'
import { blankMetric, subjects } from './experiments'
import { MetricField } from './MetricField'
import { useMetric, useSubject } from './useWords'
import { AudienceField, VariantFields } from './VariantFields'

const keyed: Record<string, Kind> = {
  placement: 'placement',
  offer: 'offer',
  strategy: 'strategy',
  journey: 'journey',
}

export function ExperimentForm() {
  const { t } = useTranslation('experiments')
  const form = useForm()
  return (
    <FormColumns aside={<InWords />}>
      <Panel title={t('general')}>
        <Fields>
          <NameField />
          <Side>
            <TextField path="/hypothesis/en" label={t('hypothesis_en')} />
            <TextField path="/hypothesis/zh" label={t('hypothesis_zh')} />
          </Side>
          <SubjectField />
        </Fields>
      </Panel>
      <Panel title={t('variants.title')}>
        <VariantFields />
      </Panel>
      <Panel title={t('metric.title')}>
        <Fields>
          <MetricField path="/metric" label={t('metric.label')} />
          <Side>
            <PercentField
              path="/expected_lift"
              label={t('metric.expected_lift')}
              hint={t('metric.expected_lift_hint')}
              required
            />
            <NumberField path="/window_days" label={t('metric.window_days')} min={1} required />
            <NumberField
              path="/minimum_days"
              label={t('metric.minimum_days')}
              hint={t('metric.minimum_days_hint')}
              min={0}
              required
            />
          </Side>
        </Fields>
      </Panel>
      <Panel title={t('guardrails.title')}>
        <RowList
          path="/guardrails"
          heading={(place) => t('guardrails.one', { number: place + 1 })}
          add={t('guardrails.add')}
          blank={() => ({ metric: blankMetric.revenue, tolerance: 0.05 })}
          empty={t('guardrails.empty')}
        >
          {(path) => (
            <>
              <MetricField path={`${path}/metric`} label={t('guardrails.metric')} />
              <Side>
                <PercentField
                  path={`${path}/tolerance`}
                  label={t('guardrails.tolerance')}
                  required
                />
                <SwitchField path={`${path}/less_is_better`} label={t('guardrails.less')} />
              </Side>
            </>
          )}
        </RowList>
      </Panel>
      <Panel title={t('audience.title')}>
        <Fields>
          <AudienceField />
          <Side>
            <PercentField
              path="/share"
              label={t('audience.share')}
              hint={t('audience.share_hint')}
            />
            <PercentField
              path="/holdout"
              label={t('audience.holdout')}
              hint={t('audience.holdout_hint')}
            />
          </Side>
          <Side>
            <InstantField path="/starts_at" label={t('audience.starts_at')} />
            <InstantField path="/ends_at" label={t('audience.ends_at')} />
          </Side>
        </Fields>
      </Panel>
      <Panel
        title={t('exclusion.title')}
        aside={
          !form.readOnly && (
            <Button
              variant="default"
              onClick={() =>
                form.set(
                  '/exclusion',
                  form.value('/exclusion') ? undefined : { group: 'group', from: 0, to: 0.5 },
                )
              }
            >
              {form.value('/exclusion') ? t('exclusion.remove') : t('exclusion.add')}
            </Button>
          )
        }
      >
        {form.value('/exclusion') ? (
          <Side>
            <TextField path="/exclusion/group" label={t('exclusion.group')} required />
            <PercentField path="/exclusion/from" label={t('exclusion.from')} required />
            <PercentField path="/exclusion/to" label={t('exclusion.to')} required />
          </Side>
        ) : (
          t('exclusion.none')
        )}
      </Panel>
    </FormColumns>
  )
}

function SubjectField() {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const kind = form.text('/subject/kind')
  const list = keyed[kind]
  const choices = useChoices(list ?? 'placement').choices
  return (
    <Side>
      <NativeSelect
        label={t('subject.label')}
        data-path="/subject/kind"
        error={form.error('/subject')}
        disabled={form.readOnly}
        value={kind}
        data={subjects.map((value) => ({ value, label: t(`subject.kind.${value}`) }))}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          form.set('/subject', keyed[chosen] ? { kind: chosen, key: '' } : { kind: chosen })
        }}
      />
      {list && (
        <ChoiceField path="/subject/key" label={t('subject.which')} choices={choices} required />
      )}
    </Side>
  )
}

/** The whole experiment as sentences. */
function InWords() {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const format = useFormat()
  const subject = useSubject()
  const metric = useMetric()
  const share = form.number('/share') ?? 1
  const holdout = form.number('/holdout') ?? 0
  const guardrails = form.list('/guardrails').length
  const lines = [
    t('words.subject', { subject: subject(form.value('/subject')) }),
    t(form.value('/audience') ? 'words.share_of_audience' : 'words.share', {
      percent: format.percent(share),
      count: form.list('/variants').length,
    }),
    t('words.metric', {
      metric: metric(form.value('/metric')),
      lift: format.percent(form.number('/expected_lift') ?? 0.1),
    }),
    guardrails > 0 ? t('words.guardrails', { count: guardrails }) : t('words.no_guardrails'),
    t('words.days', { count: form.number('/minimum_days') ?? 7 }),
    holdout > 0 ? t('words.holdout', { percent: format.percent(holdout) }) : '',
    form.value('/winner') ? t('words.winner', { variant: form.text('/winner/variant') }) : '',
  ]
  return (
    <Panel title={t('words.title')} side="ours">
      <Fields>
        {lines.filter(Boolean).map((line) => (
          <div key={line}>{line}</div>
        ))}
      </Fields>
    </Panel>
  )
}
