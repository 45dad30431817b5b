import { MultiSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { offered, useChoices } from '../../app/definition'
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
      data={offered(choices, listOf(search.placements))}
      value={listOf(search.placements)}
      onChange={(keys) => setSearch({ placements: keys.join(',') })}
    />
  )
}
