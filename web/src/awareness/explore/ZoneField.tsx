import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { readersZone } from './zone'

/** Where days, weeks and months begin; the reader's own zone stands first. */
export function ZoneField({
  value,
  onChange,
}: {
  value: string
  onChange: (zone: string) => void
}) {
  const { t } = useTranslation('explore')
  const zones = new Set([readersZone(), 'UTC', value, ...Intl.supportedValuesOf('timeZone')])
  return (
    <NativeSelect
      label={t('zone')}
      value={value}
      data={[...zones]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
