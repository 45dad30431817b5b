import { Button, Switch, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeEditor, ErrorPanel, fieldErrors, Panel, Skeleton, StatusBadge } from '../../ui'
import { ColumnsTable } from './ColumnsTable'
import classes from './ImportPage.module.css'
import { type Import, type Looked, lookQuery, type Mapping, useStart } from './imports'
import { MappingForm } from './MappingForm'
import { PreviewPanel } from './PreviewPanel'

/** What the columns mean, what the first rows become, and the start. */
export function MappingStep({ one }: { one: Import }) {
  const [edited, edit] = useState<Mapping | null>(one.mapping ?? null)
  const [settled] = useDebouncedValue(edited, 400)
  const look = useQuery(lookQuery(one.id, settled))
  const mapping = edited ?? look.data?.mapping
  if (!mapping) {
    return look.error ? (
      <ErrorPanel error={look.error} retry={() => look.refetch()} />
    ) : (
      <Skeleton lines={12} />
    )
  }
  return (
    <>
      <Meaning one={one} mapping={mapping} edit={edit} looked={look.data} />
      {look.error && <ErrorPanel error={look.error} retry={() => look.refetch()} />}
      <PreviewPanel
        columns={one.facts.columns.map((column) => column.name)}
        preview={look.data?.preview ?? undefined}
        busy={look.isFetching || settled !== edited}
      />
      <StartPanel one={one} mapping={mapping} ready={look.data?.errors.length === 0} />
    </>
  )
}

function Meaning({
  one,
  mapping,
  edit,
  looked,
}: {
  one: Import
  mapping: Mapping
  edit: (mapping: Mapping) => void
  looked: Looked | undefined
}) {
  const { t } = useTranslation('imports')
  const [text, setText] = useState<string | null>(null)
  const errors = looked?.errors ?? []
  const error = fieldErrors({ errors })
  const write = (written: string) => {
    setText(written)
    try {
      edit(JSON.parse(written))
    } catch {
      // Not JSON yet; the last text that was stays in use.
    }
  }
  return (
    <Panel
      title={t('mapping.title')}
      aside={
        <span className={classes.aside}>
          {looked?.saved_as ? (
            <StatusBadge tone="plain" word={t('mapping.saved', { name: looked.saved_as })} />
          ) : (
            !one.mapping && <StatusBadge tone="plain" icon="info" word={t('mapping.guessed')} />
          )}
          <Switch
            label={t('mapping.as_json')}
            checked={text !== null}
            onChange={(event) =>
              setText(event.currentTarget.checked ? JSON.stringify(mapping, null, 2) : null)
            }
          />
        </span>
      }
    >
      {text === null ? (
        <>
          <MappingForm columns={one.facts.columns} mapping={mapping} edit={edit} error={error} />
          <ColumnsTable columns={one.facts.columns} mapping={mapping} edit={edit} error={error} />
        </>
      ) : (
        <CodeEditor
          label={t('mapping.title')}
          language="json"
          height="420px"
          value={text}
          onChange={write}
        />
      )}
      {errors.length > 0 && (
        <ul className={classes.errors} role="alert">
          {errors.map((mistake) => (
            <li key={mistake.path + mistake.message}>
              <code>{mistake.path}</code> {error(mistake.path)}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function StartPanel({ one, mapping, ready }: { one: Import; mapping: Mapping; ready: boolean }) {
  const { t } = useTranslation('imports')
  const start = useStart()
  const [name, setName] = useState('')
  const again = one.state !== 'uploaded'
  return (
    <Panel title={t('start.title')}>
      {start.error && <ErrorPanel error={start.error} />}
      <p className={classes.soft}>{t('start.text')}</p>
      <div className={classes.startRow}>
        <TextInput
          className={classes.grow}
          label={t('start.save_as')}
          description={t('start.save_hint')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          disabled={!ready}
          title={ready ? undefined : t('start.not_ready')}
          loading={start.isPending}
          onClick={() =>
            start.mutate({
              path: { id: one.id },
              body: { mapping, save_mapping_as: name.trim() || undefined },
            })
          }
        >
          {again ? t('start.go_on') : t('start.button')}
        </Button>
      </div>
    </Panel>
  )
}
