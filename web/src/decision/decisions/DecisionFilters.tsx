import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { channels, useChoices } from '../../app/definition'
import { useWord } from '../../locales/words'
import { Filters, SearchField, useUrl } from '../../ui'

const outcomes = [
  'offer',
  'control_group',
  'nothing_eligible',
  'policy',
  'duplicate',
  'contended',
] as const
const reasons = [
  'lower_priority',
  'not_eligible',
  'other_variant',
  'denied_by_table',
  'contact_policy',
  'cap_reached',
  'paced',
  'earns_nothing',
  'experiment',
  'no_consent',
  'consent_denied',
  'consent_expired',
  'suppressed',
  'suppressed_after_accept',
  'suppressed_after_reject',
  'suppressed_after_views',
  'suppressed_after_ignored',
  'related_offer',
  'quiet_hours',
  'contended',
  'not_valid_yet',
  'expired',
  'lever_zero',
  'recalled',
  'no_code',
  'no_holder',
  'duplicate',
  'duplicate_category',
] as const
const fates = ['chosen', 'rejected', 'considered'] as const
const degradations = ['none', 'cached_state'] as const

/** Everything that narrows the list; each choice stands in the address. */
export function DecisionFilters({ clear }: { clear?: () => void }) {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const offers = useChoices('offer').all
  const placements = useChoices('placement').all
  const choose = (
    key: string,
    label: string,
    every: string,
    choices: { value: string; label: string }[],
  ) => (
    <NativeSelect
      aria-label={label}
      value={search[key] ?? ''}
      onChange={(event) => setSearch({ [key]: event.currentTarget.value })}
      data={[{ value: '', label: every }, ...choices]}
    />
  )
  const words = (kind: 'outcome' | 'reason' | 'channel' | 'degradation', all: readonly string[]) =>
    all.map((value) => ({ value, label: word(kind, value) }))
  const yesNo = (key: 'control' | 'explored') => [
    { value: 'true', label: t(`filter.${key}_yes`) },
    { value: 'false', label: t(`filter.${key}_no`) },
  ]
  return (
    <Filters>
      <SearchField
        label={t('filter.customer')}
        value={search.customer ?? ''}
        onSearch={(text) => setSearch({ customer: text })}
      />
      {choose('offer', t('filter.offer'), t('filter.every_offer'), offers)}
      {search.offer &&
        choose(
          'fate',
          t('filter.fate'),
          t('filter.every_fate'),
          fates.map((value) => ({ value, label: t(`filter.fates.${value}`) })),
        )}
      {choose('against', t('filter.against'), t('filter.every_against'), words('reason', reasons))}
      {choose('reason', t('filter.reason'), t('filter.every_reason'), words('outcome', outcomes))}
      {choose('placement', t('filter.placement'), t('filter.every_placement'), placements)}
      {choose(
        'channel',
        t('filter.channel'),
        t('filter.every_channel'),
        words('channel', channels),
      )}
      {choose(
        'degradation',
        t('filter.degradation'),
        t('filter.every_degradation'),
        words('degradation', degradations),
      )}
      {choose('control', t('filter.control'), t('filter.every_control'), yesNo('control'))}
      {choose('explored', t('filter.explored'), t('filter.every_explored'), yesNo('explored'))}
      {(['from', 'until'] as const).map((key) => (
        <TextInput
          key={key}
          type="date"
          aria-label={t(`filter.${key}`)}
          title={t(`filter.${key}`)}
          leftSection={t(`filter.${key}_short`)}
          leftSectionWidth={48}
          value={search[key] ?? ''}
          onChange={(event) => setSearch({ [key]: event.currentTarget.value })}
        />
      ))}
      {clear && (
        <Button variant="subtle" onClick={clear}>
          {t('filter.clear')}
        </Button>
      )}
    </Filters>
  )
}
