import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { useUrl } from '../../ui'
import classes from './Timeline.module.css'

const channels = ['web', 'email', 'sms', 'push', 'call_center', 'point_of_sale', 'direct_mail']
const kinds = ['event', 'response', 'contact', 'decision', 'consent', 'identify', 'merge']

/** Which part of the conversation is shown; all of it is in the address. */
export function TimelineFilters() {
  const { t } = useTranslation('customers')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const narrowed = search.side || search.kind || search.channel || search.before
  return (
    <search className={classes.filters}>
      <SegmentedControl
        aria-label={t('filter.side')}
        value={search.side ?? ''}
        onChange={(side) => setSearch({ side })}
        data={[
          { value: '', label: t('filter.both') },
          { value: 'ours', label: t('filter.ours') },
          { value: 'theirs', label: t('filter.theirs') },
        ]}
      />
      <NativeSelect
        aria-label={t('filter.kind')}
        value={search.kind ?? ''}
        onChange={(event) => setSearch({ kind: event.currentTarget.value })}
        data={[
          { value: '', label: t('filter.every_kind') },
          ...kinds.map((value) => ({ value, label: word('kind', value) })),
        ]}
      />
      <NativeSelect
        aria-label={t('filter.channel')}
        value={search.channel ?? ''}
        onChange={(event) => setSearch({ channel: event.currentTarget.value })}
        data={[
          { value: '', label: t('filter.every_channel') },
          ...channels.map((value) => ({ value, label: word('channel', value) })),
        ]}
      />
      <TextInput
        type="date"
        aria-label={t('filter.until')}
        title={t('filter.until')}
        value={search.before ?? ''}
        onChange={(event) => setSearch({ before: event.currentTarget.value })}
      />
      {narrowed && (
        <Button
          variant="subtle"
          onClick={() => setSearch({ side: null, kind: null, channel: null, before: null })}
        >
          {t('filter.clear')}
        </Button>
      )}
    </search>
  )
}
