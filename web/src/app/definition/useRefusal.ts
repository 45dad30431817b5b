import { useTranslation } from 'react-i18next'
import { type Permission, useMay } from '../../api/session'
import { useWord } from '../../locales/words'

/** Why whoever is signed in may not, to stand on a disabled button; nothing when they may. */
export function useRefusal(permission: Permission): string | undefined {
  const { t } = useTranslation('definition')
  const word = useWord()
  const may = useMay()
  if (may(permission)) return undefined
  return t('no_permission', { permission: word('permission', permission) })
}
