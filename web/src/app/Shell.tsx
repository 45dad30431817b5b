import { AppShell, Burger } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, Outlet, useMatches, useRouterState } from '@tanstack/react-router'
import { Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { sessionQuery, useMay } from '../api/session'
import { useWord } from '../locales/words'
import { Icon, NoPermission } from '../ui'
import { Brand } from './Door'
import { useKeyboard } from './keyboard'
import { Palette, ShortcutSheet, Switches, UserMenu } from './later'
import { Navigation } from './Navigation'
import { items } from './navigation'
import classes from './Shell.module.css'

/** What surrounds every page. */
export function Shell() {
  const { t } = useTranslation('app')
  const [opened, menu] = useDisclosure(false)
  const [sheet, shortcuts] = useDisclosure(false)
  const { data: session } = useQuery(sessionQuery)
  const narrow = useMediaQuery('(max-width: 48em)')
  useKeyboard(shortcuts.toggle)
  useArrival(menu.close)
  return (
    <>
      <a href="#content" className={classes.skip}>
        {t('skip')}
      </a>
      <AppShell
        header={{ height: 48 }}
        navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding={0}
        transitionDuration={0}
      >
        <AppShell.Header>
          <div className={classes.header}>
            <Burger
              hiddenFrom="sm"
              size="sm"
              opened={opened}
              onClick={menu.toggle}
              aria-label={opened ? t('menu.close') : t('menu.open')}
              aria-expanded={opened}
            />
            <Link to="/" className={classes.brand}>
              <Brand />
            </Link>
            <button type="button" className={classes.search} onClick={spotlight.open}>
              <Icon name="search" size={14} />
              <span>{t('palette.open')}</span>
              <kbd>{commandKey}</kbd>
            </button>
            <div className={classes.menus}>
              <Suspense>
                {!narrow && <Switches />}
                {session && <UserMenu user={session.user} openShortcuts={shortcuts.open} />}
              </Suspense>
            </div>
          </div>
        </AppShell.Header>
        <AppShell.Navbar>
          <Navigation foot={narrow} />
        </AppShell.Navbar>
        <AppShell.Main className={classes.main} id="content" tabIndex={-1}>
          <div className={classes.content}>
            <Page />
          </div>
        </AppShell.Main>
      </AppShell>
      <Suspense>
        <Palette />
        <ShortcutSheet opened={sheet} close={shortcuts.close} />
      </Suspense>
    </>
  )
}

const commandKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K'

/** The page, or the reason why it is not shown. */
function Page() {
  const may = useMay()
  const word = useWord()
  const permission = useMatches().at(-1)?.staticData.permission
  const pathname = useRouterState({ select: (state) => state.location.pathname })
  const first = items.find((item) => may(item.permission))
  // Who may not see Today starts at the first page that is open to them.
  if (pathname === '/' && !may(permission) && first) return <Navigate to={first.path} replace />
  if (!may(permission)) return <NoPermission permission={word('permission', permission)} />
  return <Outlet />
}

/** On a change of page the focus goes to its h1 and the phone's menu closes. */
function useArrival(arrive: () => void): void {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current !== undefined && before.current !== pathname) {
      arrive()
      focusHeading()
    }
    before.current = pathname
  }, [pathname, arrive])
}

function focusHeading(attempts = 20): void {
  const heading = document.querySelector<HTMLElement>('main h1')
  if (heading) heading.focus({ preventScroll: true })
  else if (attempts > 0) requestAnimationFrame(() => focusHeading(attempts - 1))
}
