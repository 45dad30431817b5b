import { Group } from '@mantine/core'
import { Link, useRouterState } from '@tanstack/react-router'
import { Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session'
import { Icon } from '../ui'
import { LockedItem, Switches } from './later'
import { currentItem, groups } from './navigation'
import classes from './Shell.module.css'
import type { NavigationItem } from './screens'

export function Navigation({ foot }: { foot: boolean | undefined }) {
  const { t } = useTranslation('app')
  const pathname = useRouterState({ select: (state) => state.location.pathname })
  const current = currentItem(pathname)
  return (
    <nav className={classes.nav} aria-label={t('navigation')}>
      {groups.map(({ group, items }) => (
        <div key={group}>
          {items.length > 1 && <p className={classes.groupName}>{t(`group.${group}`)}</p>}
          <ul className={classes.group} aria-label={t(`group.${group}`)}>
            {items.map((item) => (
              <li key={item.path}>
                <Line item={item} current={item === current} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      {foot && (
        <Group gap="xs">
          <Suspense>
            <Switches />
          </Suspense>
        </Group>
      )}
    </nav>
  )
}

function Line({ item, current }: { item: NavigationItem; current: boolean }) {
  const { t } = useTranslation('app')
  const may = useMay()
  const label = t(`nav.${item.label}`)
  const line = useRef<HTMLAnchorElement>(null)
  // On a small screen the list is longer than the window.
  useEffect(() => {
    if (current) line.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  if (!may(item.permission)) {
    const name = <span className={classes.item}>{label}</span>
    return (
      <Suspense fallback={name}>
        <LockedItem item={item} />
      </Suspense>
    )
  }
  return (
    <Link
      ref={line}
      to={item.path}
      className={classes.item}
      data-current={current}
      aria-current={current ? 'page' : undefined}
    >
      <Icon name={item.icon} />
      {label}
    </Link>
  )
}
