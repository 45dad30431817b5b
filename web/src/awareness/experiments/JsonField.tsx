import { Textarea } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useForm } from '../../app/definition'

/** A few fields as JSON; what cannot be read yet is said and not saved. */
export function JsonField({ path, label, hint }: { path: string; label: string; hint?: string }) {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const { hold } = form
  const stored = JSON.stringify(form.value(path) ?? {}, null, 2)
  const [typed, setTyped] = useState<string | null>(null)
  const bad = typed !== null && read(typed) === undefined
  const message = t('change.unreadable')
  useEffect(() => {
    hold(path, bad ? { path, message } : null)
    return () => hold(path, null)
  }, [hold, path, bad, message])
  return (
    <Textarea
      label={label}
      description={hint}
      data-path={path}
      autosize
      minRows={3}
      styles={{ input: { fontFamily: 'var(--mono)', fontSize: 12 } }}
      error={bad ? message : form.error(path)}
      readOnly={form.readOnly}
      value={typed ?? stored}
      onChange={(event) => {
        const text = event.currentTarget.value
        setTyped(text)
        const value = read(text)
        if (value !== undefined) form.set(path, value)
      }}
      onBlur={() => !bad && setTyped(null)}
    />
  )
}

/** The object that a text is; nothing when it is none. */
function read(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
