import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ChoiceField, Fields, LongTextField, Side, TextField, useForm } from '../../app/definition'
import { ErrorPanel, Panel } from '../../ui'
import classes from './Feeds.module.css'
import { blankOrigin, kindOf, kinds, placesQuery, streams } from './feeds'

/** Where the data comes from: a kind, a place by its name, and what of it. */
export function FromPanel() {
  const { t } = useTranslation('feeds')
  const form = useForm()
  const kind = kindOf(form.text('/from/kind'))
  const places = useQuery({ ...placesQuery(), staleTime: 60_000, retry: false })
  const choose = (value: string) => {
    const next = kindOf(value)
    form.set('/from', blankOrigin(next))
    if (streams(next)) {
      form.set('/mapping', undefined)
      form.set('/schedule', undefined)
    }
  }
  const named = (names: string[]) => names.map((value) => ({ value, label: value }))
  const known = places.data
  return (
    <Panel title={t('from.title')}>
      <Fields>
        {places.error && <ErrorPanel error={places.error} retry={() => places.refetch()} />}
        <NativeSelect
          label={t('from.kind')}
          description={t(`from.text.${kind}`)}
          data-path="/from/kind"
          disabled={form.readOnly}
          value={kind}
          error={form.error('/from/kind')}
          data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        {known && !opened(kind, known) && (
          <p className={classes.note}>{t(`from.closed.${kind}`)}</p>
        )}
        {kind === 'folder' && <Files />}
        {kind === 'bucket' && (
          <>
            <Place path="/from/bucket" choices={named(known?.buckets ?? [])} />
            <Files />
          </>
        )}
        {kind === 'query' && (
          <>
            <Place
              path="/from/database"
              choices={(known?.databases ?? []).map((one) => ({
                value: one.name,
                label: `${one.name} (${t(`speaks.${one.speaks === 'mysql' ? 'mysql' : 'postgres'}`)})`,
              }))}
            />
            <LongTextField
              path="/from/sql"
              label={t('from.sql')}
              hint={t('from.sql_hint')}
              rows={6}
              required
            />
            <TextField path="/from/cursor" label={t('from.cursor')} hint={t('from.cursor_hint')} />
          </>
        )}
        {kind === 'nats' && (
          <>
            <Place path="/from/server" choices={named(known?.nats ?? [])} />
            <Side>
              <TextField path="/from/stream" label={t('from.stream')} required />
              <TextField
                path="/from/subject"
                label={t('from.subject')}
                hint={t('from.subject_hint')}
              />
            </Side>
            <Start />
          </>
        )}
        {kind === 'kafka' && (
          <>
            <Place path="/from/server" choices={named(known?.kafka ?? [])} />
            <TextField path="/from/topic" label={t('from.topic')} required />
            <Start />
          </>
        )}
      </Fields>
    </Panel>
  )
}

type Known = {
  folder: boolean
  buckets: string[]
  databases: unknown[]
  nats: string[]
  kafka: string[]
}

/** Whether the configuration opens any place of this kind. */
function opened(kind: ReturnType<typeof kindOf>, known: Known): boolean {
  if (kind === 'folder') return known.folder
  if (kind === 'bucket') return known.buckets.length > 0
  if (kind === 'query') return known.databases.length > 0
  return kind === 'nats' ? known.nats.length > 0 : known.kafka.length > 0
}

function Place({ path, choices }: { path: string; choices: { value: string; label: string }[] }) {
  const { t } = useTranslation('feeds')
  return (
    <ChoiceField
      path={path}
      label={t('from.place')}
      hint={t('from.place_hint')}
      choices={choices}
      required
    />
  )
}

function Files() {
  const { t } = useTranslation('feeds')
  return (
    <Side>
      <TextField path="/from/path" label={t('from.path')} hint={t('from.path_hint')} />
      <TextField path="/from/files" label={t('from.files')} hint={t('from.files_hint')} required />
    </Side>
  )
}

function Start() {
  const { t } = useTranslation('feeds')
  return (
    <ChoiceField
      path="/from/start"
      label={t('from.start')}
      choices={[
        { value: 'oldest', label: t('from.oldest') },
        { value: 'newest', label: t('from.newest') },
      ]}
    />
  )
}
