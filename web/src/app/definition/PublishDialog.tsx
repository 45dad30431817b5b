import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { Differences, difference, ErrorPanel, Skeleton } from '../../ui'
import { ConflictCheck } from './ConflictCheck'
import type { AnyBody, Definition, FieldProblem } from './definitions'
import { usePlaceName } from './labels'
import { Problems } from './Problems'
import type { Setup } from './setup'

/** The last look before something is in use: what changes, and whether it is in order. */
export function PublishDialog({
  setup,
  definition,
  body,
  problems,
  saves,
  publish,
  close,
}: {
  setup: Setup
  definition: Definition | null
  body: AnyBody
  problems: FieldProblem[]
  /** Whether there is something to save first, which a note then explains. */
  saves: boolean
  publish: (note: string) => Promise<unknown>
  close: () => void
}) {
  const { t } = useTranslation(['definition', 'ui'])
  const [note, setNote] = useState('')
  const nameOf = usePlaceName()
  // What is retired is not in use, and publishing puts it into use again.
  const version = definition?.published_version ?? 0
  const retired = definition?.state === 'retired'
  const live = useQuery({
    ...query('/api/definitions/{kind}/{key}/versions/{version}', {
      path: { kind: setup.kind, key: definition?.key ?? '', version },
    }),
    enabled: version > 0,
  })
  const differences = live.data ? difference(body, live.data.body) : []
  const valid = problems.length === 0
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t('publish.title')}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        <p style={{ margin: 0 }}>{t('publish.text')}</p>
        {valid ? (
          <ConflictCheck kind={setup.kind} name={definition?.key ?? 'new'} body={body} />
        ) : (
          <Problems problems={problems} checking={false} />
        )}
        {version === 0 && <div>{t('publish.first')}</div>}
        {version > 0 && live.isPending && <Skeleton lines={3} />}
        {live.error && <ErrorPanel error={live.error} />}
        {live.data && (
          <>
            <div>
              {t(retired ? 'publish.differences_retired' : 'publish.differences', {
                count: differences.length,
                version,
              })}
            </div>
            {differences.length > 0 && (
              <Differences
                differences={differences}
                nameOf={nameOf}
                mine={t('publish.new')}
                theirs={t(retired ? 'publish.old_retired' : 'publish.old', { version })}
              />
            )}
          </>
        )}
        {saves && (
          <TextInput
            label={t('note')}
            value={note}
            maxLength={500}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button
            disabled={!valid}
            title={valid ? undefined : t('publish.refused')}
            onClick={() => {
              close()
              publish(note)
            }}
          >
            {t('publish.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
