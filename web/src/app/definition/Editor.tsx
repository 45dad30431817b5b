import { useHotkeys } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useOwnText, useWord } from '../../locales/words'
import { ConflictDialog, difference, ErrorPanel, PageHeader, placeName, When } from '../../ui'
import { Actions } from './Actions'
import { useAuthor } from './author'
import {
  type AnyBody,
  bodyOf,
  type Definition,
  editPermission,
  type FieldProblem,
  inUse,
} from './definitions'
import { FormContext } from './form'
import { KeyField, useKey } from './KeyField'
import { LeaveGuard } from './LeaveGuard'
import { LabelsContext, useLabels } from './labels'
import { Problems } from './Problems'
import { SaveBar } from './SaveBar'
import { StateBadge } from './StateBadge'
import type { Setup } from './setup'
import { useCheck } from './useCheck'
import { useDraft } from './useDraft'
import { useLead } from './useLead'
import { useProblemText } from './useProblemText'
import { useSaving } from './useSaving'
import { Views } from './Views'

export function Editor({
  setup,
  definition,
  first = {},
}: {
  setup: Setup
  /** The newest version as the server has it; `null` for something new. */
  definition: Definition | null
  first?: AnyBody
}) {
  const ownText = useOwnText()
  const navigate = useNavigate()
  const may = useMay()
  const saving = useSaving(setup, definition)
  const { base } = saving
  const { said, leadTo } = useLead(saving.failure)
  const draft = useDraft(base ? bodyOf(base) : first)
  const [tried, setTried] = useState(false)
  const [sent, setSent] = useState<AnyBody | null>(null)
  const name = useKey(base?.key, draft.body)
  const { problems: found, checking } = useCheck(setup.kind, name.key, draft.body)
  const labels = useLabels()
  const nameOf = (path: string) => placeName(labels.known, path)
  const read = useProblemText()
  const changes = useMemo(
    () => difference(base ? bodyOf(base) : first, draft.body).length,
    [base, first, draft.body],
  )
  const readOnly = !may(editPermission[setup.kind])
  const unsaved = !readOnly && (changes > 0 || (!base && tried))
  const [held, setHeld] = useState<Record<string, FieldProblem | null>>({})
  const holding = Object.values(held).filter((one) => one !== null)
  const problems = once(holding, found).map(read)
  // What saving was refused for is found by the check too, and may be mended meanwhile.
  const listed = found.length > 0 || sent !== draft.body
  const failure = listed && saving.failure?.code === 'invalid_body' ? null : saving.failure
  const shown = base || tried ? problems : []
  const hold = useCallback(
    (path: string, problem: FieldProblem | null) =>
      setHeld((before) => (before[path] === problem ? before : { ...before, [path]: problem })),
    [],
  )

  // Somebody else saved: whoever changed nothing here simply sees it.
  const newer = definition && base && definition.version > base.version ? definition : null
  if (newer && changes === 0) {
    saving.setBase(newer)
    draft.restart(bodyOf(newer))
  }

  // What is known of where it stands, whoever put it there.
  const current = definition && base && definition.version >= base.version ? definition : base

  const save = async (note: string) => {
    setTried(true)
    setSent(draft.body)
    if (saving.busy) return null
    if (!name.key || holding.length > 0) {
      leadTo([...(name.key ? [] : ['/key']), ...holding.map((one) => one.path)])
      return null
    }
    const saved = await saving.write(name.key, draft.body, note)
    if (saved && !base) {
      navigate({ to: setup.pathOf(saved.key), replace: true, ignoreBlocker: true })
    }
    return saved
  }
  const publish = async (note: string) => {
    const saved = unsaved || !base ? await save(note) : base
    if (saved) await saving.putIntoUse(saved.key, saved.latest_version)
  }
  const keepMine = async (theirs: Definition) => {
    saving.dropConflict()
    await saving.write(theirs.key, draft.body, '', theirs)
  }
  const takeTheirs = (theirs: Definition) => {
    saving.dropConflict()
    saving.setBase(theirs)
    draft.restart(bodyOf(theirs))
  }
  useHotkeys([['mod+S', () => unsaved && save('')]], [])
  useHotkeys([
    ['mod+Z', () => draft.undo?.()],
    ['mod+shift+Z', () => draft.redo?.()],
  ])

  const title = ownText(draft.body.name) || base?.title || (base ? base.key : setup.newTitle)
  return (
    <LabelsContext value={labels}>
      <FormContext value={{ body: draft.body, set: draft.set, problems: shown, hold, readOnly }}>
        <PageHeader
          title={title}
          back={{ to: setup.listPath, label: setup.listLabel }}
          badge={current && <StateBadge definition={current} />}
          lead={current && <Lead definition={current} />}
          actions={
            <Actions
              setup={setup}
              definition={current}
              draft={draft}
              problems={problems}
              changes={changes}
              publish={publish}
              busy={saving.busy}
              retired={saving.setBase}
            />
          }
        />
        {readOnly && <ReadOnlyNote setup={setup} />}
        <div ref={said} tabIndex={-1}>
          {failure && <ErrorPanel error={failure} nameOf={nameOf} />}
          {!base && <KeyField name={name} tried={tried} failure={saving.failure} />}
          <Problems problems={shown} checking={checking} />
        </div>
        <Views setup={setup} definition={current} restored={takeTheirs} unsaved={unsaved} />
        {unsaved || (!base && !readOnly) ? (
          <SaveBar
            isNew={!base}
            changes={changes}
            busy={saving.busy}
            save={save}
            discard={() => draft.restart(base ? bodyOf(base) : first)}
          />
        ) : null}
        <LeaveGuard when={unsaved} />
        {saving.conflict && (
          <ConflictDialog
            opened
            mine={draft.body}
            theirs={saving.conflict.body}
            nameOf={nameOf}
            author={saving.conflict.author}
            onKeepMine={() => saving.conflict && keepMine(saving.conflict)}
            onTakeTheirs={() => saving.conflict && takeTheirs(saving.conflict)}
            onClose={saving.dropConflict}
          />
        )}
      </FormContext>
    </LabelsContext>
  )
}

/** Each problem once, whoever found it; a field tells its own in the numbers that it shows. */
function once(held: FieldProblem[], found: FieldProblem[]): FieldProblem[] {
  const told = ({ path, code }: FieldProblem) =>
    held.some((one) => one.code && one.code === code && one.path === path)
  const all = [...held, ...found.filter((one) => !told(one))]
  const known = new Map(all.map((one) => [one.path + one.message, one]))
  return [...known.values()]
}

function ReadOnlyNote({ setup }: { setup: Setup }) {
  const { t } = useTranslation('definition')
  const word = useWord()
  return <p>{t('read_only', { permission: word('permission', editPermission[setup.kind]) })}</p>
}

function Lead({ definition }: { definition: Definition }) {
  const { t } = useTranslation('definition')
  const by = useAuthor()
  const { version, author, created_at } = definition
  const live = inUse(definition)
  return (
    <>
      <code>{definition.key}</code> · {t('version', { version })} · {by(author)},{' '}
      <When at={created_at} />
      {live && live !== version ? ` · ${t('in_use', { version: live })}` : ''}
    </>
  )
}
