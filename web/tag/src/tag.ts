/** The browser tag: listens on a web site, and shows there what was decided. */

import { context, page as pageNow } from './context'
import { deliverTo, enqueue, flush, forgetEvents, say } from './delivery'
import { followForms } from './forms'
import { newId, recall, remember, rememberInCookie } from './memory'
import { decide } from './placements'

export type Options = {
  /** Where Rapport answers; the origin this file came from if absent. */
  host?: string
  /** `required`: nothing is sent and nothing stored until `rapport.consent` grants it. */
  consent?: 'required' | 'assumed'
  /** `false`: the site calls `rapport.page` itself. */
  pages?: boolean
  /** `false`: forms are not followed. */
  forms?: boolean
}
type Properties = Record<string, unknown>
/** `analytics` allows events, `marketing` offers; any other name is a channel such as `email`. */
type Consent = Record<string, boolean | undefined>
type Call = [name: string, ...parameters: unknown[]]

const origin = (() => {
  const source = (document.currentScript as HTMLScriptElement | null)?.src
  return source ? new URL(source).origin : location.origin
})()

let started = false
let options: Options = {}
let consented: Consent = {}
let lastPage: string | undefined

/** Do-Not-Track and Global Privacy Control outrank everything, consent too. */
function refused(): boolean {
  const browser = navigator as Navigator & { globalPrivacyControl?: boolean }
  return browser.globalPrivacyControl === true || browser.doNotTrack === '1'
}

function may(purpose: 'analytics' | 'marketing'): boolean {
  return started && !refused() && (consented[purpose] ?? options.consent !== 'required')
}

function anonymousId(): string {
  let id = recall('anonymous_id')
  if (!id) {
    id = newId()
    rememberInCookie('anonymous_id', id)
  }
  return id
}

function customer(): Record<string, string> {
  const user_id = recall('user_id')
  return { anonymous_id: anonymousId(), ...(user_id && { user_id }) }
}

function record(type: string, content: Properties): void {
  if (!may('analytics')) return
  enqueue({
    type,
    messageId: newId(),
    timestamp: new Date().toISOString(),
    anonymousId: anonymousId(),
    userId: recall('user_id') ?? undefined,
    context: context(),
    ...content,
  })
}

function forget(): void {
  rememberInCookie('anonymous_id', null)
  for (const name of ['user_id', 'consent']) remember(name, null)
}

/** Sends what follows from a change of address; frameworks change it without a page load. */
function arrived(): void {
  const { path, search } = pageNow()
  if (lastPage === `${path}${search}`) return
  lastPage = `${path}${search}`
  if (options.pages !== false) calls.page()
  calls.refresh()
}

function followHistory(): void {
  const later = () => setTimeout(arrived) // the new page sets its title first
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = (...parameters) => {
      original.apply(history, parameters)
      later()
    }
  }
  addEventListener('popstate', later)
}

const calls = {
  load(key: string, wanted: Options = {}) {
    if (started) return
    started = true
    options = wanted
    consented = JSON.parse(recall('consent') ?? '{}')
    if (!may('analytics')) forgetEvents()
    deliverTo({ host: (wanted.host ?? origin).replace(/\/$/, ''), key })
    followHistory()
    if (wanted.forms !== false)
      followForms((event, properties) => record('track', { event, properties }))
    // After the calls that the snippet queued, and when the placements are there.
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', arrived)
    else setTimeout(arrived)
  },
  page(name?: string, properties?: Properties) {
    record('page', { name, properties: { ...pageNow(), ...properties } })
  },
  track(event: string, properties: Properties = {}) {
    record('track', { event, properties })
  },
  identify(userId: string | null, traits: Properties = {}) {
    if (!may('analytics')) return
    const before = recall('user_id')
    // Another person at the same browser must not be merged with the one before.
    if (userId && before && before !== userId) calls.reset()
    if (userId) remember('user_id', userId)
    record('identify', { traits })
    void flush()
  },
  /** Signs out: what follows belongs to a new, unknown customer. */
  reset() {
    rememberInCookie('anonymous_id', null)
    remember('user_id', null)
  },
  consent(choice: Consent) {
    if (!started || refused()) return
    const before = { ...consented }
    const known = may('analytics') || may('marketing')
    for (const purpose of ['analytics', 'marketing']) {
      if (purpose in choice) consented[purpose] = choice[purpose]
    }
    const granted = may('analytics') || may('marketing')
    const statements: Properties[] = []
    for (const [name, allowed] of Object.entries(choice)) {
      if (name === 'analytics' || !(known || granted)) continue
      if (name === 'marketing' && before[name] === allowed) continue
      const channel = name === 'marketing' ? 'web' : name
      const state = allowed ? 'granted' : 'denied'
      const customer = { anonymous_id: anonymousId() }
      statements.push({ customer, channel, purpose: 'marketing', state, source: 'tag' })
    }
    if (!may('analytics')) forgetEvents()
    if (!granted) forget()
    const required = options.consent === 'required'
    // Where consent is assumed a no is remembered, or the next page would not know of it.
    if (granted || !required) remember('consent', JSON.stringify(consented))
    const late = required && lastPage
    if (late && consented.analytics && !before.analytics && options.pages !== false) calls.page()
    // At once: who answers and leaves must be heard, whatever else still waits to be sent.
    for (const statement of statements) say(statement)
    if (late && consented.marketing && !before.marketing) calls.refresh()
  },
  refresh() {
    if (may('marketing')) void decide(customer())
  },
}

/** Takes the place of the snippet's queue and does what was asked of it so far. */
function start(): void {
  const holder = window as unknown as { rapport?: Call[] | typeof calls }
  const queued = Array.isArray(holder.rapport) ? holder.rapport : []
  holder.rapport = calls
  const run = ([name, ...parameters]: Call) => {
    const call = calls[name as keyof typeof calls] as ((...all: unknown[]) => void) | undefined
    call?.(...parameters)
  }
  for (const call of [...queued].sort((a, b) => +(b[0] === 'load') - +(a[0] === 'load'))) run(call)
}

start()
