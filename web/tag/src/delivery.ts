/** Brings events to the server: in batches, again after a failure, and when the page is left. */

import { recall, remember } from './memory'

export type Server = { host: string; key: string }
export type Event = Record<string, unknown>

const window_ms = 1000
const longestWait_ms = 60_000
const batchEvents = 50
const batchCharacters = 50_000 // browsers allow 64 kB for requests that outlive the page
const eventCharacters = 32_000
const heldEvents = 500

let server: Server
let waiting: string[] = []
let failures = 0
let timer: number | undefined
let underWay: Promise<void> | undefined
/** Consents that no server has answered yet; of one browser and channel only the newest. */
let unsaid: Event[] = []

export function deliverTo(target: Server): void {
  server = target
  const left = recall('unsent')
  if (left) {
    remember('unsent', null)
    waiting = JSON.parse(left)
    schedule(0)
  }
  for (const statement of JSON.parse(recall('unsaid') ?? '[]')) say(statement)
  addEventListener('pagehide', leave)
  addEventListener('online', () => void flush())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave()
  })
}

export function enqueue(event: Event): void {
  const text = JSON.stringify(event)
  if (text.length > eventCharacters) {
    console.warn('rapport: an event of more than 32 kB was dropped')
    return
  }
  waiting = [...waiting, text].slice(-heldEvents)
  if (!failures) schedule(waiting.length < batchEvents ? window_ms : 0)
}

export function forgetEvents(): void {
  waiting = []
  remember('unsent', null)
}

/** Sends what waits; resolves when it was answered, whatever the answer. */
export function flush(): Promise<void> {
  underWay ??= send().finally(() => {
    underWay = undefined
  })
  return underWay
}

/** Posts to an endpoint for decisions, responses and consents. */
export function post(path: string, body: unknown): Promise<Response> {
  return fetch(server.host + path, {
    method: 'POST',
    keepalive: true,
    headers: {
      authorization: `Basic ${btoa(`${server.key}:`)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
}

/** Tells a consent until a server has answered. A refusal outlives the page for that. */
export function say(statement: Event): void {
  unsaid = [...unsaid.filter((one) => about(one) !== about(statement)), statement]
  keepRefusals()
  tell(statement, window_ms)
}

function about({ customer, channel }: Event): string {
  return JSON.stringify([customer, channel])
}

function keepRefusals(): void {
  const refusals = unsaid.filter((one) => one.state === 'denied')
  remember('unsaid', refusals.length ? JSON.stringify(refusals) : null)
}

async function tell(statement: Event, wait_ms: number): Promise<void> {
  if (!unsaid.includes(statement)) return // a newer one has taken its place
  const answer = await post('/v1/consents', statement).catch(() => undefined)
  if (failed(answer)) {
    setTimeout(tell, wait_ms, statement, Math.min(longestWait_ms, 2 * wait_ms))
    return
  }
  unsaid = unsaid.filter((one) => one !== statement)
  keepRefusals()
}

/** Whether there was no answer, or one that another time would be different. */
function failed(answer: Response | undefined): boolean {
  const status = answer?.status ?? 0
  return !status || status === 408 || status === 429 || status >= 500
}

function schedule(wait_ms: number): void {
  clearTimeout(timer)
  timer = setTimeout(flush, wait_ms) as unknown as number
}

async function send(): Promise<void> {
  clearTimeout(timer)
  while (waiting.length) {
    const batch = nextBatch()
    const answer = await fetch(`${server.host}/v1/batch`, {
      method: 'POST',
      keepalive: true,
      headers: { 'content-type': 'text/plain' }, // no preflight from other origins
      body: body(batch),
    }).catch(() => undefined)
    if (failed(answer)) {
      failures += 1
      remember('unsent', `[${waiting.map((text) => JSON.stringify(text))}]`)
      const asked_ms = Number(answer?.headers.get('retry-after')) * 1000 || 0
      const wait_ms = Math.min(longestWait_ms, window_ms * 2 ** failures)
      schedule(Math.max(asked_ms, wait_ms * (0.5 + Math.random() / 2)))
      return
    }
    if (failures) remember('unsent', null)
    failures = 0
    waiting = waiting.filter((text) => !batch.includes(text))
  }
}

function nextBatch(): string[] {
  let characters = 0
  return waiting.slice(0, batchEvents).filter((text) => {
    characters += text.length
    return characters <= batchCharacters
  })
}

function body(batch: string[]): string {
  const sentAt = new Date().toISOString()
  return `{"writeKey":${JSON.stringify(server.key)},"sentAt":"${sentAt}","batch":[${batch}]}`
}

/** The page goes away: the beacon survives it. Message ids make sending twice harmless. */
function leave(): void {
  while (waiting.length) {
    const batch = nextBatch()
    if (!navigator.sendBeacon?.(`${server.host}/v1/batch`, body(batch))) {
      remember('unsent', `[${waiting.map((text) => JSON.stringify(text))}]`)
      return
    }
    waiting = waiting.filter((text) => !batch.includes(text))
  }
  remember('unsent', null)
}
