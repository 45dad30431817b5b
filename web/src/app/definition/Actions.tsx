import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import { Icon, type IconName } from '../../ui'
import { type Definition, editPermission, type FieldProblem, inUse } from './definitions'
import { download, readBody } from './file'
import { PublishDialog } from './PublishDialog'
import { RetireDialog } from './RetireDialog'
import type { Setup } from './setup'
import type { useDraft } from './useDraft'

/** What can be done with the whole definition. */
export function Actions({
  setup,
  definition,
  draft,
  problems,
  changes,
  publish,
  busy,
  retired,
}: {
  setup: Setup
  definition: Definition | null
  draft: ReturnType<typeof useDraft>
  problems: FieldProblem[]
  changes: number
  publish: (note: string) => Promise<unknown>
  busy: boolean
  retired: (definition: Definition) => void
}) {
  const { t } = useTranslation('definition')
  const word = useWord()
  const may = useMay()
  const navigate = useNavigate()
  const [publishing, publishDialog] = useDisclosure(false)
  const [retiring, retireDialog] = useDisclosure(false)
  const file = useRef<HTMLInputElement>(null)
  const mayEdit = may(editPermission[setup.kind])
  const live = definition && inUse(definition)
  const nothingNew = definition && changes === 0 && live === definition.version
  const refusal = !may('publish')
    ? t('no_permission', { permission: word('permission', 'publish') })
    : nothingNew
      ? t('nothing_to_publish')
      : null

  const load = async (chosen: File | undefined) => {
    if (!chosen) return
    const body = await readBody(chosen).catch(() => null)
    if (body) draft.set('', body)
    notifications.show({
      message: body ? t('file.loaded', { name: chosen.name }) : t('file.unreadable'),
      color: body ? undefined : 'red',
    })
    if (file.current) file.current.value = ''
  }

  return (
    <>
      {mayEdit && (
        <>
          <Step icon="undo" label={t('undo')} keys="Control+Z" act={draft.undo} />
          <Step icon="redo" label={t('redo')} keys="Control+Shift+Z" act={draft.redo} />
        </>
      )}
      <Menu>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('more')}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {definition && mayEdit && (
            <Menu.Item
              leftSection={<Icon name="copy" size={14} />}
              onClick={() =>
                navigate({ to: setup.pathOf('new'), search: { from: definition.key } as never })
              }
            >
              {t('clone')}
            </Menu.Item>
          )}
          {definition && setup.tryIt && may('view_decisions') && (
            <Menu.Item
              leftSection={<Icon name="split" size={14} />}
              onClick={() => {
                const { to, search } = setup.tryIt?.(definition.key) ?? {}
                navigate({ to, search: search as never })
              }}
            >
              {t('try_it')}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<Icon name="download" size={14} />}
            onClick={() => download(`${definition?.key ?? setup.kind}.json`, draft.body)}
          >
            {t('file.export')}
          </Menu.Item>
          {mayEdit && (
            <Menu.Item
              leftSection={<Icon name="import" size={14} />}
              onClick={() => file.current?.click()}
            >
              {t('file.load')}
            </Menu.Item>
          )}
          {live && may('publish') && (
            <Menu.Item
              leftSection={<Icon name="lock" size={14} />}
              color="red"
              onClick={retireDialog.open}
            >
              {t('retire.action')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={t('file.load')}
        onChange={(event) => load(event.currentTarget.files?.[0])}
      />
      <Tooltip label={refusal} disabled={!refusal}>
        <Button
          loading={busy}
          data-disabled={refusal ? true : undefined}
          aria-disabled={refusal ? true : undefined}
          onClick={() => !refusal && publishDialog.open()}
        >
          {t('publish.action')}
        </Button>
      </Tooltip>
      {publishing && (
        <PublishDialog
          setup={setup}
          definition={definition}
          body={draft.body}
          problems={problems}
          saves={!definition || changes > 0}
          publish={publish}
          close={publishDialog.close}
        />
      )}
      {retiring && definition && (
        <RetireDialog
          kind={setup.kind}
          keys={[definition.key]}
          title={t('retire.title', { title: definition.title || definition.key })}
          text={t(setup.kind === 'offer' ? 'retire.text_of_offer' : 'retire.text')}
          retired={([answer]) => answer && retired(answer)}
          close={retireDialog.close}
        />
      )}
    </>
  )
}

function Step({
  icon,
  label,
  keys,
  act,
}: {
  icon: IconName
  label: string
  keys: string
  act: (() => void) | undefined
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={label}
        aria-keyshortcuts={keys}
        data-disabled={act ? undefined : true}
        aria-disabled={act ? undefined : true}
        onClick={act}
      >
        <Icon name={icon} size={15} />
      </ActionIcon>
    </Tooltip>
  )
}
