import { Switch } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  Fields,
  FormColumns,
  LongTextField,
  NameField,
  RuleField,
  Side,
  TextField,
  useForm,
} from '../../app/definition'
import { RuleFiguresContext } from '../../app/definition/rule/counts'
import { asGroup, isEmpty, readyOnly } from '../../app/definition/rule/rule'
import { useVocabulary } from '../../app/definition/rule/vocabulary'
import { Panel } from '../../ui'
import { CountPanel } from './CountPanel'
import { ReachPanel } from './ReachPanel'
import { SamplePanel } from './SamplePanel'
import { byPlace, householdOf, membershipOf, useCount } from './segments'

/** A segment: what it is called, its rule, and what the rule comes to while it is written. */
export function SegmentForm() {
  const { t, i18n } = useTranslation('segments')
  const form = useForm()
  const [at, setAt] = useState<string | null>(null)
  const rule = useMemo(() => readyOnly(asGroup(form.value('/criteria'))), [form])
  const [settled] = useDebouncedValue(JSON.stringify(rule), 300)
  const counted = useMemo(() => {
    const parsed = JSON.parse(settled)
    const uploads = membershipOf(form.body) === 'static' && (!parsed || isEmpty(parsed))
    return uploads ? null : parsed
  }, [settled, form.body])
  const count = useCount(counted, { at, household: householdOf(form.body) }, i18n.language)
  const stale = count.isFetching || settled !== JSON.stringify(rule)
  const figures = count.data && {
    at: byPlace(count.data.conditions),
    population: count.data.population,
    stale,
  }
  return (
    <RuleFiguresContext value={figures ?? null}>
      <FormColumns
        aside={
          <>
            <CountPanel count={count} stale={stale} at={at} setAt={setAt} />
            <SamplePanel sample={count.data?.sample} stale={stale} />
            <ReachPanel rule={counted} />
          </>
        }
      >
        <Panel title={t('general')}>
          <Fields>
            <NameField />
            <LongTextField path="/description/en" label={t('description_en')} rows={2} />
            <LongTextField path="/description/zh" label={t('description_zh')} rows={2} />
            <ChoiceField
              path="/membership"
              otherwise="live"
              label={t('membership.label')}
              hint={t(`membership.${membershipOf(form.body)}_hint`)}
              choices={[
                { value: 'live', label: t('membership.live') },
                { value: 'static', label: t('membership.static') },
              ]}
            />
          </Fields>
        </Panel>
        <Panel title={t('rule')}>
          <RuleField path="/criteria" label={t('who')} hint={t('who_hint')} required />
        </Panel>
        <HouseholdPanel />
      </FormColumns>
    </RuleFiguresContext>
  )
}

function HouseholdPanel() {
  const { t } = useTranslation('segments')
  const form = useForm()
  const { words } = useVocabulary()
  const on = form.value('/household') !== undefined
  const attributes = (words?.attributes ?? []).map((one) => ({ value: one.key, label: one.key }))
  const best = form.text('/household/best/by') || 'last_seen'
  return (
    <Panel title={t('household.title')}>
      <Fields>
        <Switch
          label={t('household.on')}
          description={t('household.hint')}
          checked={on}
          disabled={form.readOnly}
          onChange={(event) =>
            form.set(
              '/household',
              event.currentTarget.checked
                ? { attribute: '', best: { by: 'last_seen' } }
                : undefined,
            )
          }
        />
        {on && (
          <Side>
            {attributes.length > 0 ? (
              <ChoiceField
                path="/household/attribute"
                label={t('household.attribute')}
                choices={attributes}
                none="–"
              />
            ) : (
              <TextField path="/household/attribute" label={t('household.attribute')} required />
            )}
            <ChoiceField
              path="/household/best/by"
              label={t('household.best')}
              choices={[
                { value: 'last_seen', label: t('household.last_seen') },
                { value: 'attribute', label: t('household.by_attribute') },
              ]}
            />
            {best === 'attribute' && (
              <ChoiceField
                path="/household/best/attribute"
                label={t('household.best_attribute')}
                choices={attributes}
                none="–"
              />
            )}
          </Side>
        )}
      </Fields>
    </Panel>
  )
}
