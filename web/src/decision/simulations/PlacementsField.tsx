import { MultiSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useChoices } from '../../app/definition'
import { useUrl } from '../../ui'
import { listOf } from './request'

/** The placements that ask. */
export function PlacementsField({ error, hint }: { error: string | undefined; hint: string }) {
  const { t } = useTranslation('simulations')
  const [search, setSearch] = useUrl()
  const { choices } = useChoices('placement')
  return (
    <MultiSelect
      label={t('placements')}
      description={hint}
      error={error}
      searchable
      clearable
      data={choices}
      value={listOf(search.placements)}
      onChange={(keys) => setSearch({ placements: keys.join(',') })}
    />
  )
}
