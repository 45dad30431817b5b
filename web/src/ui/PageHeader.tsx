import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Icon } from './Icon'
import classes from './PageHeader.module.css'

type Create = { label: string; to?: string; onClick?: () => void; disabledBecause?: string }

/** The page's one h1, which also takes the focus on a change of page; `c` presses `create`. */
export function PageHeader({
  title,
  lead,
  badge,
  back,
  actions,
  create,
}: {
  title: string
  lead?: ReactNode
  badge?: ReactNode
  back?: { to: string; label: string }
  actions?: ReactNode
  create?: Create
}) {
  useEffect(() => {
    document.title = `${title} · Rapport`
  }, [title])
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        {back && (
          <Link to={back.to} className={classes.back}>
            <Icon name="back" size={14} />
            {back.label}
          </Link>
        )}
        <h1 className={classes.title} tabIndex={-1}>
          {title}
          {badge}
        </h1>
        {lead && <p className={classes.lead}>{lead}</p>}
      </div>
      {(actions || create) && (
        <div className={classes.actions}>
          {actions}
          {create && <CreateButton create={create} />}
        </div>
      )}
    </header>
  )
}

function CreateButton({ create }: { create: Create }) {
  const looks = { leftSection: <Icon name="plus" size={14} />, 'data-shortcut': 'c' }
  if (create.disabledBecause) {
    return (
      <Button {...looks} disabled title={create.disabledBecause}>
        {create.label}
      </Button>
    )
  }
  if (create.to) {
    return (
      <Button {...looks} renderRoot={(props) => <Link to={create.to} {...props} />}>
        {create.label}
      </Button>
    )
  }
  return (
    <Button {...looks} onClick={create.onClick}>
      {create.label}
    </Button>
  )
}
