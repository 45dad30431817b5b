import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChoiceField, Fields, NumberField, Side, TextField, useForm } from '../../app/definition'
import { Panel } from '../../ui'

type When = 'by_hand' | 'often' | 'daily'

/** When a pull runs. */
export function SchedulePanel() {
  const { t } = useTranslation('feeds')
  const form = useForm()
  const when = whenOf(form.value('/schedule'))
  const choose = (value: string) => {
    if (value === 'often') form.set('/schedule', { every_minutes: 60 })
    else if (value === 'daily') form.set('/schedule', { daily_at: { time: '06:00', zone: 'UTC' } })
    else form.set('/schedule', undefined)
  }
  return (
    <Panel title={t('schedule.title')}>
      <Fields>
        <NativeSelect
          label={t('schedule.when')}
          data-path="/schedule"
          disabled={form.readOnly}
          value={when}
          data={(['often', 'daily', 'by_hand'] as const).map((value) => ({
            value,
            label: t(`schedule.${value}`),
          }))}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        {when === 'often' && (
          <NumberField
            path="/schedule/every_minutes"
            label={t('schedule.minutes')}
            min={1}
            max={10_080}
            required
          />
        )}
        {when === 'daily' && (
          <Side>
            <TextField
              path="/schedule/daily_at/time"
              label={t('schedule.time')}
              type="time"
              required
            />
            <ChoiceField
              path="/schedule/daily_at/zone"
              label={t('schedule.zone')}
              choices={['UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({
                value,
                label: value,
              }))}
              required
            />
          </Side>
        )}
      </Fields>
    </Panel>
  )
}

function whenOf(schedule: unknown): When {
  if (schedule === null || typeof schedule !== 'object') return 'by_hand'
  return 'daily_at' in schedule ? 'daily' : 'often'
}
