import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Problem } from '../../api/problem'
import { call } from '../../api/query'
import type { Row } from './csv'
import { refreshed, type Upload } from './tables'

const chunk = 2_000

const upload = '/api/customer_tables/{key}/uploads/{upload_id}'

export type Progress = { sent: number; total: number; upload: Upload | null }

/** Sends the rows of a file chunk by chunk; after a failure it goes on where the server stands. */
export function useUpload(key: string) {
  const client = useQueryClient()
  const [progress, setProgress] = useState<Progress | null>(null)
  const [failure, setFailure] = useState<Problem | null>(null)
  const stopped = useRef(false)

  const send = async (name: string, rows: Row[], replaces: boolean, known: Upload | null) => {
    stopped.current = false
    setFailure(null)
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
      if (!stopped.current) {
        state = await call('post', `${upload}/finish`, { path: { key, upload_id: state.id } })
        setProgress({ sent: state.next_row, total: rows.length, upload: state })
      }
    } catch (error) {
      setFailure(error as Problem) // `call` throws nothing else.
    }
    for (const path of refreshed) client.invalidateQueries({ queryKey: [path] })
  }
  const stop = () => {
    stopped.current = true
  }
  return { send, stop, progress, failure }
}
