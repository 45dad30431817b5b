import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeEditor, sentence } from '../../ui'
import { useForm } from './form'
import classes from './form.module.css'
import { lineOf, linesOf } from './jsonPlaces'

const written = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2))

/** The body, or a part of it, as text; every valid state of it is a change of the draft. */
export function JsonEditor({
  path = '',
  label,
  height = '60vh',
}: {
  path?: string
  label?: string
  height?: string
}) {
  const { t } = useTranslation('definition')
  const form = useForm()
  const { hold } = form
  const value = path ? form.value(path) : form.body
  const [text, setText] = useState(() => written(value))
  const [wrong, setWrong] = useState<string | null>(null)
  const [given, setGiven] = useState(value)
  if (given !== value) {
    setGiven(value)
    setText(written(value))
    setWrong(null)
  }
  useEffect(() => {
    const problem = wrong === null ? null : { path, message: wrong }
    hold(`json ${path}`, problem)
    return () => hold(`json ${path}`, null)
  }, [hold, path, wrong])
  const marks = useMemo(() => {
    const lines = linesOf(text)
    return form.problems
      .filter((one) => one.path === path || one.path.startsWith(`${path}/`))
      .map((one) => ({
        line: lineOf(lines, one.path.slice(path.length)),
        message: sentence(one.message),
        hint: one.hint,
      }))
  }, [text, form.problems, path])

  const change = (next: string) => {
    setText(next)
    const read = parsed(next, path !== '')
    if ('problem' in read) return setWrong(read.problem)
    setWrong(null)
    setGiven(read.value)
    form.set(path, read.value)
  }
  return (
    <div className={classes.fields} data-path={path || undefined}>
      <CodeEditor
        label={label ?? t('view.json_label')}
        language="json"
        value={text}
        marks={marks}
        readOnly={form.readOnly}
        height={height}
        onChange={(next) => next !== text && change(next)}
      />
      {wrong && (
        <p className={classes.bad} role="alert">
          {t('view.json_wrong', { problem: wrong })}
        </p>
      )}
    </div>
  )
}

/** A body is an object; a part may also be left out. */
function parsed(text: string, part: boolean): { value: unknown } | { problem: string } {
  if (part && !text.trim()) return { value: undefined }
  try {
    const value: unknown = JSON.parse(text)
    const object = value !== null && typeof value === 'object' && !Array.isArray(value)
    return object ? { value } : { problem: '{ … }' }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
