import { Modal, Switch } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { enableShortcuts, shortcutsEnabled } from '../ui'
import { items } from './navigation'
import classes from './ShortcutSheet.module.css'

/** All shortcuts, and the switch that turns them off. */
export default function ShortcutSheet({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation(['app', 'ui'])
  const [on, setOn] = useState(shortcutsEnabled)
  const lines: [string[], string][] = [
    [['Ctrl K'], t('keys.palette')],
    [['/'], t('keys.search')],
    [['c'], t('keys.create')],
    [['j'], t('keys.next')],
    [['k'], t('keys.previous')],
    [['Enter'], t('keys.open')],
    [['?'], t('keys.sheet')],
    ...items.flatMap((item): [string[], string][] =>
      item.letter ? [[['g', item.letter], t('keys.go', { page: t(`nav.${item.label}`) })]] : [],
    ),
  ]
  return (
    <Modal opened={opened} onClose={close} size="lg" title={t('keys.title')}>
      <Switch
        checked={on}
        label={t('keys.enabled')}
        description={t('keys.enabled_hint')}
        mb="md"
        onChange={(event) => {
          enableShortcuts(event.currentTarget.checked)
          setOn(event.currentTarget.checked)
        }}
      />
      <ul className={classes.keys}>
        {lines.map(([keys, what]) => (
          <li key={what}>
            {what}
            <span className={classes.combination}>
              <kbd>{keys[0]}</kbd>
              {keys[1] && (
                <>
                  {' '}
                  {t('keys.then')} <kbd>{keys[1]}</kbd>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Modal>
  )
}
