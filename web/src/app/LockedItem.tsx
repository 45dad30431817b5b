import { Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useWord } from '../locales/words'
import { Icon } from '../ui'
import classes from './Shell.module.css'
import type { NavigationItem } from './screens'

/** A line of the navigation that is closed to whoever is signed in, and what it would take. */
export default function LockedItem({ item }: { item: NavigationItem }) {
  const { t } = useTranslation('app')
  const word = useWord()
  const why = t('missing', { permission: word('permission', item.permission) })
  return (
    <Tooltip label={why} position="right" multiline w={220}>
      <button type="button" className={classes.item} aria-disabled="true">
        <Icon name={item.icon} />
        {t(`nav.${item.label}`)}
        <span className={classes.lock}>
          <Icon name="lock" size={12} />
        </span>
      </button>
    </Tooltip>
  )
}
