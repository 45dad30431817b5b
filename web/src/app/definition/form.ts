import { createContext, useContext } from 'react'
import { fieldErrors } from '../../ui'
import type { AnyBody, FieldProblem } from './definitions'
import { valueAt } from './pointer'

/** The body that the fields of a form read and change, each by its JSON pointer. */
export type Form = {
  body: AnyBody
  set: (path: string, value: unknown) => void
  problems: FieldProblem[]
  /** Says what a field cannot express as a body yet; nothing is saved meanwhile. */
  hold: (path: string, problem: FieldProblem | null) => void
  readOnly: boolean
}

export const FormContext = createContext<Form | null>(null)

export function useForm() {
  const form = useContext(FormContext)
  if (!form) throw new Error('a field stands outside of a form')
  const text = (path: string) => {
    const value = valueAt(form.body, path)
    return typeof value === 'string' ? value : ''
  }
  const number = (path: string) => {
    const value = valueAt(form.body, path)
    return typeof value === 'number' ? value : undefined
  }
  const list = (path: string): unknown[] => {
    const value = valueAt(form.body, path)
    return Array.isArray(value) ? value : []
  }
  return {
    ...form,
    value: (path: string) => valueAt(form.body, path),
    text,
    number,
    list,
    texts: (path: string) => list(path).filter((one) => typeof one === 'string'),
    error: fieldErrors({ errors: form.problems }),
  }
}

/** Jumps to the field of a place, or to the nearest field around it; tells whether there is one. */
export function goToField(path: string): boolean {
  for (let place = path; place; place = place.slice(0, place.lastIndexOf('/'))) {
    const field = document.querySelector<HTMLElement>(`[data-path="${CSS.escape(place)}"]`)
    if (!field) continue
    const within = field.matches('input,textarea,select,button') ? field : null
    const target =
      within ?? field.querySelector<HTMLElement>('input,textarea,select,button,[tabindex]') ?? field
    goTo(target)
    return true
  }
  return false
}

/** Brings something into view, and the keyboard to it. */
export function goTo(target: HTMLElement | null): void {
  target?.scrollIntoView({ block: 'center' })
  target?.focus({ preventScroll: true })
}
