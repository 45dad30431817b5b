import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useForm } from '../../app/definition'
import { useWord } from '../../locales/words'
import { ErrorPanel, fieldErrors, Panel, Skeleton, sentence } from '../../ui'
import { ColumnsTable } from '../imports/ColumnsTable'
import type { Mapping } from '../imports/imports'
import { MappingForm } from '../imports/MappingForm'
import { PreviewPanel } from '../imports/PreviewPanel'
import classes from './Feeds.module.css'
import { kindOf, type Looked, lookQuery, type Origin, streams } from './feeds'
import { Messages } from './Messages'

/** What the place holds now, and, for rows, what their columns mean. */
export function LookPanels() {
  const { t } = useTranslation('feeds')
  const form = useForm()
  const may = useMay()('edit_data')
  const word = useWord()
  const [asked, setAsked] = useState<Origin | null>(null)
  const stream = streams(kindOf(form.text('/from/kind')))
  // The body is what the check of the server makes of it; its type is left open.
  const mapping = (form.value('/mapping') ?? null) as Mapping | null
  const [settled] = useDebouncedValue(mapping, 400)
  const look = useQuery({
    ...lookQuery({
      from: asked ?? { kind: 'folder', files: '' },
      mapping: stream ? null : settled,
    }),
    enabled: asked !== null,
  })
  const looked = asked ? look.data : undefined
  const shown = mapping ?? looked?.mapping ?? null
  const edit = (next: Mapping) => form.set('/mapping', next)
  return (
    <>
      <Panel
        title={stream ? t('messages.title') : t('mapping.title')}
        aside={
          <Button
            variant="default"
            disabled={!may}
            title={may ? undefined : t('needs', { permission: word('permission', 'edit_data') })}
            loading={look.isFetching && asked !== null}
            // The form holds an origin; whether it is whole the server says.
            onClick={() => setAsked(form.value('/from') as Origin)}
          >
            {asked ? t('look.again') : t('look.button')}
          </Button>
        }
      >
        <div data-path="/mapping">
          {look.error && asked && <ErrorPanel error={look.error} retry={() => look.refetch()} />}
          {asked && look.isPending && <Skeleton lines={6} />}
          {!asked && <p className={classes.soft}>{stream ? t('look.stream') : t('look.rows')}</p>}
          {!asked && mapping && <p className={classes.soft}>{t('mapping.kept')}</p>}
          {stream && looked && <Messages messages={looked.messages} />}
          {!stream && looked && shown && (
            <Columns looked={looked} mapping={shown} edit={edit} kept={mapping !== null} />
          )}
        </div>
      </Panel>
      {!stream && looked && (
        <PreviewPanel
          columns={looked.columns.map((column) => column.name)}
          preview={looked.preview ?? undefined}
          busy={look.isFetching || settled !== mapping}
        />
      )}
    </>
  )
}

function Columns({
  looked,
  mapping,
  edit,
  kept,
}: {
  looked: Looked
  mapping: Mapping
  edit: (mapping: Mapping) => void
  kept: boolean
}) {
  const { t } = useTranslation('feeds')
  const form = useForm()
  const error = fieldErrors({ errors: looked.errors })
  return (
    <>
      {looked.file && (
        <p className={classes.file}>
          {t('look.file', { file: looked.file, count: looked.files_count ?? 0 })}
        </p>
      )}
      {!kept && !form.readOnly && (
        <p className={classes.guess}>
          {t('mapping.guess')}{' '}
          <Button variant="light" onClick={() => edit(mapping)}>
            {t('mapping.take')}
          </Button>
        </p>
      )}
      <fieldset disabled={form.readOnly} className={classes.bare}>
        <MappingForm columns={looked.columns} mapping={mapping} edit={edit} error={error} />
        <ColumnsTable columns={looked.columns} mapping={mapping} edit={edit} error={error} />
      </fieldset>
      {looked.errors.length > 0 && (
        <ul className={classes.errors} role="alert">
          {looked.errors.map((one) => (
            <li key={one.path + one.message}>
              <code>{one.path}</code> {sentence(one.message)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
