import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { csrfHeader } from '../../api/client'
import { Problem } from '../../api/problem'
import { type Answer, query } from '../../api/query'
import type { Answered, Question } from './question'

export type Progress = { events: number; ranges_done: number; ranges: number }
export type Cell = (string | number)[]
export type CustomersPage = Answer<'post', '/api/explore/customers'>
export type SavedView = Answer<'get', '/api/saved-views'>[number]

export const vocabularyQuery = () => ({ ...query('/api/vocabulary'), staleTime: 60_000 })

export const savedViewsQuery = (page: 'explore' | 'web') =>
  query('/api/saved-views', { query: { page } })

/** Asks, and tells how far the answer is until it comes. */
async function ask(
  question: Question,
  told: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Answered> {
  const response = await fetch('/api/explore/answers', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/x-ndjson',
      ...csrfHeader(),
    },
    body: JSON.stringify(question),
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? error : Problem.of(error)
  })
  if (!response.ok || !response.body) throw await Problem.from(response)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    rest += value ?? ''
    const lines = rest.split('\n')
    rest = done ? '' : (lines.pop() ?? '')
    for (const line of lines.filter(Boolean)) {
      const read = JSON.parse(line)
      if (read.progress) told(read.progress)
      else if (read.problem) throw new Problem(read.problem)
      else return read
    }
    if (done) throw Problem.of(new Error('the answer ended early'))
  }
}

/** The answer to a question, with how far it is. */
export function useAnswer(question: Question | null) {
  const [progress, setProgress] = useState<Progress | null>(null)
  const answer = useQuery<Answered, Problem>({
    queryKey: ['/api/explore/answers', question],
    enabled: question !== null,
    queryFn: async ({ signal }) => {
      setProgress(null)
      if (!question) throw Problem.of(new Error('no question'))
      return ask(question, setProgress, signal)
    },
    staleTime: 30_000,
    retry: false,
  })
  return { answer, progress }
}

/** Where an answer can be had as a file. */
export function tableAddress(question: Question): string {
  return `/api/explore/table.csv?question=${encodeURIComponent(JSON.stringify(question))}`
}
