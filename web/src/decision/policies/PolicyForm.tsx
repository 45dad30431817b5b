import { Button, NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChannelsField,
  ChoiceField,
  Fields,
  FormColumns,
  NameField,
  NumberField,
  RowList,
  Side,
  TagsField,
  TextField,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { type Unit, unitMs, unitOf, useSentences } from './sentences'

const week = 7 * unitMs.days

export function PolicyForm() {
  const { t } = useTranslation('policies')
  const form = useForm()
  const sentences = useSentences()
  const limits = form.list('/limits')
  const quiet = form.value('/quiet_hours')
  const fresh = () => ({
    key: `limit_${limits.length + 1}`,
    at_most: 3,
    window: { rolling_ms: week },
  })
  return (
    <FormColumns
      aside={
        <Panel title={t('in_words')}>
          <Fields>
            {limits.map((limit) => (
              <div key={JSON.stringify(limit)}>{sentences.limit(limit)}</div>
            ))}
            {quiet ? <div>{sentences.quiet(quiet)}</div> : null}
            {limits.length === 0 && !quiet && <div>{t('no_limits')}</div>}
            <div style={{ color: 'var(--ink-soft)' }}>{t('together')}</div>
          </Fields>
        </Panel>
      }
    >
      <Panel title={t('general')}>
        <Fields>
          <NameField />
          <ChoiceField
            path="/default_zone"
            label={t('zone')}
            hint={t('zone_hint')}
            choices={Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value }))}
            none="UTC"
          />
        </Fields>
      </Panel>
      <Panel title={t('limits')}>
        <RowList
          path="/limits"
          heading={(place) => form.text(`/limits/${place}/key`) || t('limit.new')}
          add={t('limit.add')}
          blank={fresh}
          empty={t('no_limits')}
        >
          {(path, place) => (
            <>
              <p style={{ margin: 0 }}>{sentences.limit(limits[place])}</p>
              <Side>
                <TextField path={`${path}/key`} label={t('limit.key')} required />
                <NumberField
                  path={`${path}/at_most`}
                  label={t('limit.at_most')}
                  required
                  min={0}
                  max={1000}
                />
                <WindowField path={`${path}/window`} />
              </Side>
              <ChannelsField
                path={`${path}/channels`}
                label={t('limit.channels_label')}
                hint={t('limit.none_means_all')}
                all
              />
              <TagsField
                path={`${path}/categories`}
                label={t('limit.categories_label')}
                hint={t('limit.none_means_all')}
                all
              />
            </>
          )}
        </RowList>
      </Panel>
      <QuietPanel />
    </FormColumns>
  )
}

const kinds = ['rolling', 'day', 'week', 'month'] as const

/** The last so many days, or the current day, week or month of the calendar. */
function WindowField({ path }: { path: string }) {
  const { t } = useTranslation('policies')
  const form = useForm()
  useFieldLabel(path, t('window.label'))
  const rolling = form.number(`${path}/rolling_ms`)
  const kind = rolling === undefined ? form.text(`${path}/calendar`) : 'rolling'
  const unit: Unit = unitOf(rolling ?? week)
  return (
    <>
      <NativeSelect
        label={t('window.label')}
        data-path={path}
        error={form.error(path)}
        disabled={form.readOnly}
        value={kind}
        data={kinds.map((value) => ({ value, label: t(`window.kind_${value}`) }))}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          form.set(path, chosen === 'rolling' ? { rolling_ms: week } : { calendar: chosen })
        }}
      />
      {rolling !== undefined && (
        <NumberField
          path={`${path}/rolling_ms`}
          label={t('window.length')}
          required
          min={0}
          scale={1 / unitMs[unit]}
          digits={2}
          unit={t(`window.unit_${unit}`)}
        />
      )}
    </>
  )
}

function QuietPanel() {
  const { t } = useTranslation('policies')
  const form = useForm()
  const has = Boolean(form.value('/quiet_hours'))
  const toggle = () =>
    form.set(
      '/quiet_hours',
      has ? undefined : { from: '21:00', until: '08:00', channels: ['email', 'sms', 'push'] },
    )
  return (
    <Panel
      title={t('quiet.title')}
      aside={
        !form.readOnly && (
          <Button variant="default" onClick={toggle}>
            {has ? t('quiet.remove') : t('quiet.add')}
          </Button>
        )
      }
    >
      {has ? (
        <Fields>
          <Side>
            <TextField path="/quiet_hours/from" label={t('quiet.from')} type="time" required />
            <TextField path="/quiet_hours/until" label={t('quiet.until')} type="time" required />
          </Side>
          <ChannelsField path="/quiet_hours/channels" label={t('quiet.channels')} />
        </Fields>
      ) : (
        t('quiet.none')
      )}
    </Panel>
  )
}
