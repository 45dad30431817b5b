import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { type Role, roleOf, roles } from './users'

/** Chooses a role and says what it is for. */
export function RoleField({
  value,
  error,
  onChange,
}: {
  value: Role
  error: string | undefined
  onChange: (role: Role) => void
}) {
  const { t } = useTranslation('users')
  const word = useWord()
  return (
    <NativeSelect
      label={t('column.role')}
      description={t(`role_text.${value}`)}
      value={value}
      error={error}
      data={roles.map((role) => ({ value: role, label: word('role', role) }))}
      onChange={(event) => {
        const role = roleOf(event.currentTarget.value)
        if (role) onChange(role)
      }}
    />
  )
}
