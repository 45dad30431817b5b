import { Button, FileInput, Group, Modal, Stack, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChange } from '../../api/query'
import { ErrorPanel } from '../../ui'
import { useBodyPlace } from './bodyPlaces'
import { type Kind, onTheWire } from './definitions'
import { type DefinitionFile, readFiles } from './file'
import classes from './form.module.css'

/** Saves files as new versions: all of them, or none when one is wrong. */
export function ImportDialog({ kind, close }: { kind: Kind; close: () => void }) {
  const { t } = useTranslation(['definition', 'ui'])
  const [files, setFiles] = useState<DefinitionFile[]>([])
  const [chosen, setChosen] = useState<File[]>([])
  const [unreadable, setUnreadable] = useState<string>()
  const [note, setNote] = useState('')
  const save = useChange('post', '/api/definitions/import', {
    refresh: ['/api/definitions/{kind}', '/api/definitions/{kind}/{key}'],
  })
  const choose = async (list: File[]) => {
    setChosen(list)
    setUnreadable(undefined)
    const read = await Promise.all(
      list.map((file) =>
        readFiles(kind, file).catch(() => {
          setUnreadable(file.name)
          return []
        }),
      ),
    )
    setFiles(read.flat())
  }
  const placeOf = useBodyPlace()
  /** The server's words begin with the name of the file, so the place in it is enough. */
  const nameOf = (path: string) => {
    const [, at, inside] = /^\/files\/(\d+)\/body(\/.*)$/.exec(path) ?? []
    const kindOfFile = files[Number(at)]?.path.split('/').at(-2)
    return inside ? placeOf(kindOfFile ?? kind, inside) : undefined
  }
  const submit = () =>
    save.mutate(
      {
        body: {
          files: files.map((file) => ({ path: file.path, body: onTheWire(file.body) })),
          ...(note ? { note } : {}),
        },
      },
      {
        onSuccess: (answer) => {
          notifications.show({
            message: t('file.imported', {
              count: answer.saved.length,
              unchanged: answer.unchanged.length,
            }),
          })
          close()
        },
      },
    )
  return (
    <Modal
      opened
      onClose={close}
      title={t('file.import')}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        <p className={classes.sentence}>{t('file.import_text')}</p>
        {save.error && <ErrorPanel error={save.error} nameOf={nameOf} />}
        <FileInput
          label={t('file.files')}
          multiple
          accept=".json,application/json"
          value={chosen}
          onChange={choose}
          error={unreadable && t('file.unreadable_name', { name: unreadable })}
        />
        {files.length > 0 && (
          <ul className={classes.soft}>
            {files.map((file) => (
              <li key={file.path}>
                <code>{file.path}</code>
              </li>
            ))}
          </ul>
        )}
        <TextInput
          label={t('note')}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button
            loading={save.isPending}
            disabled={files.length === 0}
            title={files.length === 0 ? t('file.none_chosen') : undefined}
            onClick={submit}
          >
            {t('file.save', { count: files.length })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
