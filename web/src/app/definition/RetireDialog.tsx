import { Button, Group, Modal, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { useOwnText } from '../../locales/words'
import { ErrorPanel, StatusBadge } from '../../ui'
import { items } from '../navigation'
import { bodyOf, type Definition, useRetire } from './definitions'
import type { Setup } from './setup'
import { namingKinds, uses } from './uses'

/** Takes a definition out of use, after saying what still counts on it. */
export function RetireDialog({
  setup,
  definition,
  retired,
  close,
}: {
  setup: Setup
  definition: Definition
  retired: (definition: Definition) => void
  close: () => void
}) {
  const { t } = useTranslation(['definition', 'ui'])
  const retire = useRetire()
  const submit = () =>
    retire.mutate(
      { path: { kind: setup.kind, key: definition.key } },
      {
        onSuccess: (answer) => {
          retired(answer)
          notifications.show({ message: t('retire.done') })
          close()
        },
      },
    )
  return (
    <Modal
      opened
      onClose={close}
      title={t('retire.title', { title: definition.title || definition.key })}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        {retire.error && <ErrorPanel error={retire.error} />}
        <UsedBy setup={setup} definition={definition} />
        <p style={{ margin: 0 }}>{t('retire.text')}</p>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button color="red" loading={retire.isPending} onClick={submit}>
            {t('retire.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function UsedBy({ setup, definition }: { setup: Setup; definition: Definition }) {
  const { t } = useTranslation('definition')
  const ownText = useOwnText()
  const lists = useQueries({
    queries: namingKinds(setup.kind).map((kind) =>
      query('/api/definitions/{kind}', { path: { kind }, query: { limit: 500 } }),
    ),
  })
  const all = lists.flatMap((list) => list.data?.items ?? [])
  const found = all.filter((one) => uses(one, setup.kind, definition.key))
  if (found.length === 0) return null
  return (
    <div>
      <StatusBadge tone="warn" word={t('retire.used', { count: found.length })} />
      <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
        {found.map((one) => {
          const path = items.find((item) => item.kind === one.kind)?.path
          const name = ownText(bodyOf(one).name) || one.key
          return (
            <li key={`${one.kind}/${one.key}`}>
              {path ? <Link to={`${path}/${one.key}`}>{name}</Link> : name}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
