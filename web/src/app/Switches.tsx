import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { languages, speak } from '../locales/i18n'
import { Icon, type IconName } from '../ui'

const look = { variant: 'subtle', color: 'gray', size: 32, c: 'var(--ink)' } as const

/** The language and the colours of the screen. */
export default function Switches() {
  return (
    <>
      <LanguageSwitch />
      <SchemeSwitch />
    </>
  )
}

/** English or Chinese; remembered. */
function LanguageSwitch() {
  const { t, i18n } = useTranslation('app')
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon {...look} aria-label={t('language.label')} title={t('language.label')}>
          <Icon name="language" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            leftSection={<Icon name={i18n.language === language ? 'check' : 'language'} />}
            onClick={() => speak(language)}
          >
            {t(`language.${language}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const schemes: { scheme: MantineColorScheme; icon: IconName }[] = [
  { scheme: 'light', icon: 'light' },
  { scheme: 'dark', icon: 'dark' },
  { scheme: 'auto', icon: 'system' },
]

/** Light, dark or as the system; remembered. */
function SchemeSwitch() {
  const { t } = useTranslation('app')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const icon = schemes.find(({ scheme }) => scheme === colorScheme)?.icon ?? 'system'
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon {...look} aria-label={t('scheme.label')} title={t('scheme.label')}>
          <Icon name={icon} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map((one) => (
          <Menu.Item
            key={one.scheme}
            role="menuitemradio"
            aria-checked={colorScheme === one.scheme}
            leftSection={<Icon name={colorScheme === one.scheme ? 'check' : one.icon} />}
            onClick={() => setColorScheme(one.scheme)}
          >
            {t(`scheme.${one.scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
