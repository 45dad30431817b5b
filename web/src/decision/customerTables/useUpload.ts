import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Problem } from '../../api/problem'
import { call } from '../../api/query'
import type { Row } from './csv'
import { type CustomerTable, refreshed, type Upload } from './tables'

const chunk = 2_000

const upload = '/api/customer_tables/{key}/uploads/{upload_id}'

export type Progress = { sent: number; total: number; upload: Upload | null }

/** Whether an upload that replaces would leave less than half of the rows that count now. */
const shrinks = (state: Upload, now: number) =>
  state.replaces && state.accepted_count > 0 && 2 * state.accepted_count < now

/**
 * Sends the rows of a file chunk by chunk; after a failure it goes on where the server stands. It
 * waits before the end when little of the table would be left.
 */
export function useUpload({ key, row_count }: CustomerTable) {
  const client = useQueryClient()
  const [progress, setProgress] = useState<Progress | null>(null)
  const [failure, setFailure] = useState<Problem | null>(null)
  const [asks, setAsks] = useState(false)
  const stopped = useRef(false)

  const finish = async ({ id }: Upload) => {
    setAsks(false)
    try {
      const state = await call('post', `${upload}/finish`, { path: { key, upload_id: id } })
      setProgress({ sent: state.next_row, total: state.next_row, upload: state })
    } catch (error) {
      setFailure(error as Problem) // `call` throws nothing else.
    }
    for (const path of refreshed) client.invalidateQueries({ queryKey: [path] })
  }
  const send = async (name: string, rows: Row[], replaces: boolean) => {
    stopped.current = false
    setFailure(null)
    const before = progress?.upload
    const known = before?.state === 'open' && before.replaces === replaces ? before : null
    try {
      let state: Upload = known
        ? await call('get', upload, { path: { key, upload_id: known.id } })
        : await call('post', '/api/customer_tables/{key}/uploads', {
            path: { key },
            body: { name, replaces },
          })
      setProgress({ sent: state.next_row, total: rows.length, upload: state })
      while (state.next_row < rows.length && !stopped.current) {
        const first_row = state.next_row
        state = await call('post', `${upload}/rows`, {
          path: { key, upload_id: state.id },
          query: { first_row },
          // Rows are plain objects of texts; the description of the API calls them any object.
          body: rows.slice(first_row, first_row + chunk) as never,
        })
        setProgress({ sent: state.next_row, total: rows.length, upload: state })
      }
      if (!stopped.current && shrinks(state, row_count)) setAsks(true)
      else if (!stopped.current) return await finish(state)
    } catch (error) {
      setFailure(error as Problem) // `call` throws nothing else.
    }
    for (const path of refreshed) client.invalidateQueries({ queryKey: [path] })
  }
  const stop = () => {
    stopped.current = true
  }
  const forget = () => {
    setAsks(false)
    setProgress(null)
    setFailure(null)
  }
  return { send, stop, finish, forget, asks, progress, failure }
}
