import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { csrfHeader } from '../../api/client'
import type { Problem } from '../../api/problem'
import { type Answer, call } from '../../api/query'

export type SqlAnswer = Answer<'post', '/api/sql'>

/** Questions to begin with. */
export const examples: { key: 'names' | 'months' | 'best'; sql: string }[] = [
  {
    key: 'names',
    sql: 'SELECT name, count(*) AS times, count(DISTINCT customer_id) AS customers\nFROM events GROUP BY name ORDER BY times DESC',
  },
  {
    key: 'months',
    sql: "SELECT date_trunc('month', to_timestamp_millis(occurred_at)) AS month, count(*) AS events\nFROM events GROUP BY month ORDER BY month",
  },
  {
    key: 'best',
    sql: 'SELECT channel, status, count(*) AS contacts\nFROM contacts WHERE NOT control GROUP BY channel, status ORDER BY contacts DESC',
  },
]

/** Asks, and lets go of a question that takes too long. */
export function useAsk() {
  const running = useRef<AbortController | null>(null)
  const ask = useMutation<SqlAnswer, Problem, string>({
    mutationFn: (sql) => {
      running.current = new AbortController()
      return call('post', '/api/sql', { body: { sql }, signal: running.current.signal })
    },
  })
  const cancel = () => {
    running.current?.abort()
    ask.reset()
  }
  return { ask, cancel }
}

/** Everything a question answers, as a file. */
export const useDownload = () =>
  useMutation<void, Error, string>({
    mutationFn: async (sql) => {
      const answer = await fetch('/api/sql/csv', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...csrfHeader() },
        body: JSON.stringify({ sql }),
      })
      if (!answer.ok) throw new Error(await answer.text())
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await answer.blob())
      link.download = 'answer.csv'
      link.click()
      URL.revokeObjectURL(link.href)
    },
  })
