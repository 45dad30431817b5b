import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { beforeLeaving } from '../../api/leaving'
import { type About, useOutcome } from './agent'

export type Kind = 'view' | 'accept' | 'reject'

/** How long what was noted can be taken back, in milliseconds; afterwards it is sent. */
export const undoMs = 8_000

type Held = { kind: Kind; timer: ReturnType<typeof setTimeout> }

/**
 * What the agent notes of one offer. It is held back for some seconds, because a key is pressed
 * quickly and the server takes nothing back; whoever leaves meanwhile sends it.
 */
export function useNotes(customerId: string, about: About, name: string) {
  const { t } = useTranslation('agent')
  const told = useOutcome()
  const answered = useOutcome()
  const [held, setHeld] = useState<Kind | null>(null)
  const waits = useRef<Held | null>(null)
  const here = useRef(true)

  const send = async (kind: Kind) => {
    const body = { ...about, kind, channel: 'call_center' }
    const call = { path: { customer_id: customerId }, body, keepalive: true }
    try {
      await (kind === 'view' ? told : answered).mutateAsync(call)
    } catch {
      // On the page the card says so, and its buttons are there again.
      if (here.current) return
      const message = t('not_noted', { what: t(noted[kind]), name })
      notifications.show({ message, color: 'red', autoClose: false })
    }
  }
  const sending = useRef(send)
  sending.current = send

  const release = useCallback(async () => {
    const current = waits.current
    if (!current) return
    clearTimeout(current.timer)
    waits.current = null
    setHeld(null)
    await sending.current(current.kind)
  }, [])

  const undo = () => {
    if (waits.current) clearTimeout(waits.current.timer)
    waits.current = null
    setHeld(null)
  }

  const note = (kind: Kind) => {
    release()
    waits.current = { kind, timer: setTimeout(release, undoMs) }
    setHeld(kind)
  }

  useEffect(() => {
    here.current = true
    const stay = beforeLeaving(release)
    return () => {
      here.current = false
      stay()
      release()
    }
  }, [release])

  const answer = held === 'accept' || held === 'reject' ? held : sent(answered)
  return {
    answer,
    told: held === 'view' || sent(told) !== null,
    error: told.error ?? answered.error,
    held,
    note,
    undo,
  }
}

export const noted = { view: 'told', accept: 'accepted', reject: 'rejected' } as const

function sent({ isPending, isSuccess, variables }: ReturnType<typeof useOutcome>) {
  const kind = variables?.body?.kind
  if (!isPending && !isSuccess) return null
  return kind === 'accept' || kind === 'reject' || kind === 'view' ? kind : null
}
