import { Button, Group, Modal, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import type { Answer } from '../../api/query'
import { ErrorPanel, StatusBadge } from '../../ui'
import { items } from '../navigation'
import { type Definition, type Kind, useRetire, usesQuery } from './definitions'

type Use = Answer<'get', '/api/definitions/{kind}/{key}/uses'>[number]

/** Takes definitions out of use, after saying what in use names them. */
export function RetireDialog({
  kind,
  keys,
  title,
  text,
  retired,
  close,
}: {
  kind: Kind
  keys: string[]
  title: string
  text: string
  retired: (definitions: Definition[]) => void
  close: () => void
}) {
  const { t } = useTranslation(['definition', 'ui'])
  const retire = useRetire()
  const [busy, setBusy] = useState(false)
  const [failures, setFailures] = useState<Problem[]>([])
  const uses = useQueries({ queries: keys.map((key) => usesQuery(kind, key)) })
  const unread = uses.flatMap((one) => (one.error ? [one.error] : []))
  const named = keys.map((key, at) => ({ key, uses: uses[at]?.data ?? [] }))
  const submit = async () => {
    setBusy(true)
    const done: Definition[] = []
    const failed: Problem[] = []
    for (const { key, uses } of named) {
      const query = { although_used: uses.length > 0 }
      await retire
        .mutateAsync({ path: { kind, key }, query })
        .then((answer) => done.push(answer))
        .catch((error) => failed.push(Problem.of(error)))
    }
    setBusy(false)
    setFailures(failed)
    if (done.length > 0) {
      retired(done)
      notifications.show({ message: t('retire.done', { count: done.length }) })
    }
    if (failed.length === 0) close()
  }
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ 'aria-label': t('ui:close') }}>
      <Stack gap="sm">
        {[...unread, ...failures].map((error) => (
          <ErrorPanel key={error.document.trace_id} error={error} />
        ))}
        {named
          .filter(({ uses }) => uses.length > 0)
          .map(({ key, uses }) => (
            <UsedBy key={key} of={keys.length > 1 ? key : undefined} uses={uses} />
          ))}
        <p style={{ margin: 0 }}>{text}</p>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button color="red" loading={busy || uses.some((one) => one.isPending)} onClick={submit}>
            {named.some(({ uses }) => uses.length > 0) ? t('retire.although') : t('retire.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function UsedBy({ of, uses }: { of: string | undefined; uses: Use[] }) {
  const { t } = useTranslation('definition')
  const naming = [...new Map(uses.map((one) => [`${one.kind}/${one.key}`, one])).entries()]
  const word = t('retire.used', { count: naming.length })
  return (
    <div>
      <StatusBadge tone="warn" word={of ? `${of}: ${word}` : word} />
      <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
        {naming.map(([at, one]) => {
          const path = items.find((item) => item.kind === one.kind)?.path
          return (
            <li key={at}>
              {path ? <Link to={`${path}/${one.key}`}>{one.title}</Link> : one.title}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
