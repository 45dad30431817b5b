import { Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import {
  ChannelsField,
  ChoiceField,
  type Definition,
  Fields,
  FormColumns,
  InstantField,
  NameField,
  NumberField,
  PickField,
  Side,
  TagsField,
  useChoices,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { ErrorPanel, Panel, Skeleton, useFormat } from '../../ui'
import { usageQuery } from './caps'
import { useSentence } from './sentence'
import { UsageBar } from './UsageBar'
import classes from './UsageBar.module.css'

const measures = ['contacts', 'acceptances', 'spend'] as const
const periods = ['total', 'day', 'week', 'month'] as const

export function CapForm({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('caps')
  return (
    <FormColumns aside={<Aside definition={definition} />}>
      <Panel title={t('what')}>
        <Fields>
          <NameField />
          <Limit />
        </Fields>
      </Panel>
      <Concerns />
      <Spread />
    </FormColumns>
  )
}

function Limit() {
  const { t } = useTranslation('caps')
  const form = useForm()
  const money = form.text('/measure') === 'spend'
  return (
    <>
      <Side>
        <ChoiceField
          path="/measure"
          label={t('measure.label')}
          choices={measures.map((value) => ({ value, label: t(`measure.${value}`) }))}
        />
        <NumberField
          path="/at_most"
          label={money ? t('at_most_money') : t('at_most')}
          scale={money ? 0.01 : 1}
          digits={money ? 2 : 0}
          min={0}
          required
        />
        <ChoiceField
          path="/per"
          label={t('period.label')}
          choices={periods.map((value) => ({ value, label: t(`period.${value}`) }))}
        />
      </Side>
      {form.text('/measure') !== 'contacts' && <Holding />}
    </>
  )
}

/** Holding is the rule: absent means yes. */
function Holding() {
  const { t } = useTranslation('caps')
  const form = useForm()
  useFieldLabel('/holds', t('holds.label'))
  return (
    <Switch
      label={t('holds.label')}
      description={t('holds.hint')}
      data-path="/holds"
      disabled={form.readOnly}
      checked={form.value('/holds') !== false}
      onChange={(event) => form.set('/holds', event.currentTarget.checked ? undefined : false)}
    />
  )
}

function Concerns() {
  const { t } = useTranslation('caps')
  const offers = useChoices('offer').choices
  const placements = useChoices('placement').choices
  return (
    <Panel title={t('concerns.title')}>
      <Fields>
        <p className={classes.soft}>{t('concerns.text')}</p>
        <PickField path="/offers" label={t('concerns.offers')} choices={offers} all />
        <Side>
          <TagsField path="/categories" label={t('concerns.categories')} all />
          <PickField path="/placements" label={t('concerns.placements')} choices={placements} all />
        </Side>
        <ChannelsField path="/channels" label={t('concerns.channels')} all />
      </Fields>
    </Panel>
  )
}

function Spread() {
  const { t } = useTranslation('caps')
  return (
    <Panel title={t('time.title')}>
      <Fields>
        <Side>
          <InstantField path="/starts_at" label={t('time.starts')} hint={t('time.hint')} />
          <InstantField path="/ends_at" label={t('time.ends')} hint={t('time.hint')} />
        </Side>
        <Side>
          <ChoiceField
            path="/pacing"
            label={t('pacing.label')}
            hint={t('pacing.hint')}
            none={t('pacing.none')}
            choices={[{ value: 'even', label: t('pacing.even') }]}
          />
          <ChoiceField
            path="/zone"
            label={t('time.zone')}
            hint={t('time.zone_hint')}
            choices={Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value }))}
            none="UTC"
          />
        </Side>
      </Fields>
    </Panel>
  )
}

function Aside({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('caps')
  const format = useFormat()
  const sentence = useSentence()
  const form = useForm()
  const usage = useQuery({
    ...usageQuery(),
    refetchInterval: 5_000,
    enabled: Boolean(definition?.published_version),
  })
  const known = usage.data?.items.find((one) => one.cap === definition?.key)
  return (
    <>
      <Panel title={t('in_words')} side="ours">
        {sentence(form.body)}
      </Panel>
      {definition?.published_version && (
        <Panel title={t('usage.title')}>
          {usage.isPending && <Skeleton lines={3} />}
          {usage.error && <ErrorPanel error={usage.error} retry={() => usage.refetch()} />}
          {known && (
            <div className={classes.list}>
              <UsageBar usage={known} />
              {known.offers.length === 0 && <p className={classes.soft}>{t('usage.nothing')}</p>}
              {known.periods.length > 0 && (
                <table>
                  <thead>
                    <tr>
                      <th>{t('usage.period')}</th>
                      <th style={{ textAlign: 'end' }}>{t('usage.taken')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {known.periods.map((one) => (
                      <tr key={one.period}>
                        <td>{one.period === 'total' ? t('period.total') : one.period}</td>
                        <td style={{ textAlign: 'end' }}>
                          {known.measure === 'spend'
                            ? format.money(one.taken, known.currency ?? 'EUR')
                            : format.number(one.taken)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </div>
          )}
        </Panel>
      )}
    </>
  )
}
