import { NativeSelect, Radio, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { channels } from '../../app/definition'
import { useWord } from '../../locales/words'
import { useUrl } from '../../ui'
import { PlacementsField } from './PlacementsField'
import { defaults } from './request'
import classes from './Simulation.module.css'

const measures = ['accept', 'click', 'view', 'value'] as const
const days = ['1', '3', '7', '14', '30', '60', '90']

/** Which recorded decisions, and what counts as earned. */
export function PeriodFields({ error }: { error: (path: string) => string | undefined }) {
  const { t } = useTranslation('simulations')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const { from, until } = { ...defaults(Date.now()), ...search }
  return (
    <>
      <div className={classes.pair}>
        <TextInput
          type="date"
          label={t('period.from')}
          value={from}
          onChange={(event) => setSearch({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t('period.until')}
          error={error('/on/recorded/until')}
          value={until}
          onChange={(event) => setSearch({ until: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('period.measure')}
          value={search.measure ?? 'accept'}
          onChange={(event) => setSearch({ measure: event.currentTarget.value })}
          data={measures.map((value) => ({ value, label: t(`measure.${value}`) }))}
        />
        <NativeSelect
          label={t('period.days')}
          value={search.days ?? '7'}
          onChange={(event) => setSearch({ days: event.currentTarget.value })}
          data={days.map((value) => ({
            value,
            label: t('period.day', { count: Number(value) }),
          }))}
        />
        <NativeSelect
          label={t('period.channel')}
          value={search.channel ?? ''}
          onChange={(event) => setSearch({ channel: event.currentTarget.value })}
          data={[
            { value: '', label: t('period.every_channel') },
            ...channels.map((value) => ({ value, label: word('channel', value) })),
          ]}
        />
      </div>
      <PlacementsField error={error('/on/recorded/placements/0')} hint={t('placements_all')} />
      <Radio.Group
        label={t('knowledge.title')}
        value={search.know ?? 'as_recorded'}
        onChange={(know) => setSearch({ know })}
      >
        <div className={classes.radios}>
          <Radio
            value="as_recorded"
            label={t('knowledge.as_recorded')}
            description={t('knowledge.as_recorded_text')}
          />
          <Radio
            value="as_of_then"
            label={t('knowledge.as_of_then')}
            description={t('knowledge.as_of_then_text')}
          />
        </div>
      </Radio.Group>
    </>
  )
}
