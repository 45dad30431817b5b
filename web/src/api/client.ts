import createClient, { type Middleware } from 'openapi-fetch'
import { Problem } from './problem'
import type { paths } from './schema'

let csrfToken = ''
let signedOut: () => void = () => {}

/** Every changing call carries the token that GET /api/session handed out. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

/** The same for calls that do not go through this client. */
export function csrfHeader(): Record<string, string> {
  return csrfToken ? { 'X-CSRF-Token': csrfToken } : {}
}

/** What happens when the server no longer knows the session. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener
}

const rapport: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken)
  },
  async onResponse({ request, response }) {
    if (response.ok) return
    const problem = await Problem.from(response)
    if (problem.status === 401 && !request.url.endsWith('/api/session')) signedOut()
    throw problem
  },
}

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  fetch: (request) => fetch(request),
})
client.use(rapport)
