import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { type AnyBody, type Definition, onTheWire, usePublish, useSave } from './definitions'
import type { Setup } from './setup'

/** Saving and publishing, and what to do when somebody else saved meanwhile. */
export function useSaving(setup: Setup, first: Definition | null) {
  const { t } = useTranslation('definition')
  const [base, setBase] = useState(first)
  const [conflict, setConflict] = useState<Definition | null>(null)
  const [failure, setFailure] = useState<Problem | null>(null)
  const save = useSave()
  const publish = usePublish()

  const failed = async (error: unknown, key: string) => {
    const problem = Problem.of(error)
    if (problem.status !== 412) return setFailure(problem)
    try {
      const path = { kind: setup.kind, key }
      setConflict(await call('get', '/api/definitions/{kind}/{key}', { path }))
    } catch (again) {
      setFailure(Problem.of(again))
    }
  }

  /** Answers what was saved, or nothing when it could not be. */
  const write = async (key: string, body: AnyBody, note: string, seen = base) => {
    setFailure(null)
    try {
      const saved = await save.mutateAsync({
        path: { kind: setup.kind, key },
        body: { body: onTheWire(body), ...(note ? { note } : {}) },
        ifMatch: seen?.hash,
      })
      setBase(saved)
      notifications.show({ message: t('saved', { version: saved.version }) })
      return saved
    } catch (error) {
      await failed(error, key)
      return null
    }
  }

  const putIntoUse = async (key: string, version: number) => {
    setFailure(null)
    try {
      const path = { kind: setup.kind, key }
      setBase(await publish.mutateAsync({ path, body: { version } }))
      notifications.show({ message: t('published', { version }) })
    } catch (error) {
      setFailure(Problem.of(error))
    }
  }

  return {
    /** The version that the draft is compared with. */
    base,
    setBase,
    write,
    putIntoUse,
    busy: save.isPending || publish.isPending,
    failure,
    conflict,
    dropConflict: () => setConflict(null),
  }
}
