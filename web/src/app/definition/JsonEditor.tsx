import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeEditor, sentence } from '../../ui'
import type { AnyBody } from './definitions'
import { useForm } from './form'
import classes from './form.module.css'
import { lineOf, linesOf } from './jsonPlaces'

const written = (body: unknown) => JSON.stringify(body, null, 2)

/** The whole body as text; every valid state of it is a change of the draft. */
export function JsonEditor() {
  const { t } = useTranslation('definition')
  const form = useForm()
  const [text, setText] = useState(() => written(form.body))
  const [wrong, setWrong] = useState<string | null>(null)
  const [given, setGiven] = useState(form.body)
  if (given !== form.body) {
    setGiven(form.body)
    setText(written(form.body))
    setWrong(null)
  }
  const marks = useMemo(() => {
    const lines = linesOf(text)
    return form.problems.map((one) => ({
      line: lineOf(lines, one.path),
      message: sentence(one.message),
      hint: one.hint,
    }))
  }, [text, form.problems])

  const change = (next: string) => {
    setText(next)
    const body = parsed(next)
    if ('problem' in body) return setWrong(body.problem)
    setWrong(null)
    setGiven(body.value)
    form.set('', body.value)
  }
  return (
    <div className={classes.fields}>
      <CodeEditor
        label={t('view.json_label')}
        language="json"
        value={text}
        marks={marks}
        readOnly={form.readOnly}
        height="60vh"
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

function parsed(text: string): { value: AnyBody } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text)
    // The check above all: what is no object is refused here, everything else by the server.
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return { value: value as AnyBody }
    }
    return { problem: '{ … }' }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
