import { afterEach, vi } from 'vitest'

export type Asked = { line: string; query: Record<string, string>; body: unknown }

/** Answers the calls of one test by `METHOD /path` and notes them; anything else is a 404. */
export function serve(answers: Record<string, unknown>): Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    const line = `${request.method} ${url.pathname}`
    const text = await request.text()
    const query = Object.fromEntries(url.searchParams)
    asked.push({ line, query, body: text ? JSON.parse(text) : undefined })
    const body = answers[line]
    if (body instanceof Response) return body.clone()
    const missing = { title: 'No such thing', status: 404, code: 'not_found' }
    const status = line in answers ? 200 : 404
    return new Response(JSON.stringify(line in answers ? (body ?? null) : missing), {
      status,
      headers: { 'content-type': 'application/json' },
    })
  })
  return asked
}

afterEach(() => {
  vi.unstubAllGlobals()
})
