import { ActionIcon, Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui'
import { useForm } from './form'
import classes from './form.module.css'
import { useFieldLabel } from './labels'

/** A list of alike things in a form: each can be moved and removed, one more can be added. */
export function RowList({
  path,
  heading,
  add,
  blank,
  empty,
  children,
}: {
  path: string
  /** What one of them is called, for its heading and its buttons. */
  heading: (place: number) => string
  add: string
  blank: () => unknown
  empty?: string
  children: (path: string, place: number) => ReactNode
}) {
  const { t } = useTranslation('definition')
  const form = useForm()
  const rows = form.list(path)
  const move = (place: number, step: number) => {
    const next = [...rows]
    const [one] = next.splice(place, 1)
    next.splice(place + step, 0, one)
    form.set(path, next)
  }
  return (
    <div className={classes.fields} data-path={path}>
      {rows.length === 0 && empty && <p className={classes.soft}>{empty}</p>}
      {rows.map((_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no name of their own.
        <section key={place} className={classes.row} aria-label={heading(place)}>
          <RowName path={`${path}/${place}`} label={heading(place)} />
          <div className={classes.rowHead}>
            <strong>{heading(place)}</strong>
            {!form.readOnly && (
              <Group gap={4} wrap="nowrap">
                {place > 0 && (
                  <RowButton
                    label={t('rows.up', { row: heading(place) })}
                    act={() => move(place, -1)}
                  >
                    <span className={classes.up}>
                      <Icon name="down" size={14} />
                    </span>
                  </RowButton>
                )}
                {place < rows.length - 1 && (
                  <RowButton
                    label={t('rows.down', { row: heading(place) })}
                    act={() => move(place, 1)}
                  >
                    <Icon name="down" size={14} />
                  </RowButton>
                )}
                <RowButton
                  label={t('rows.remove', { row: heading(place) })}
                  act={() => form.set(`${path}/${place}`, undefined)}
                >
                  <Icon name="trash" size={14} />
                </RowButton>
              </Group>
            )}
          </div>
          {children(`${path}/${place}`, place)}
        </section>
      ))}
      {form.error(path) && <p className={classes.bad}>{form.error(path)}</p>}
      {!form.readOnly && (
        <div>
          <Button
            variant="default"
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => form.set(path, [...rows, blank()])}
          >
            {add}
          </Button>
        </div>
      )}
    </div>
  )
}

function RowName({ path, label }: { path: string; label: string }) {
  useFieldLabel(path, label)
  return null
}

function RowButton({
  label,
  act,
  children,
}: {
  label: string
  act: () => void
  children: ReactNode
}) {
  return (
    <ActionIcon variant="subtle" color="gray" c="var(--ink-soft)" aria-label={label} onClick={act}>
      {children}
    </ActionIcon>
  )
}
