type Sent = { path: string; body: Record<string, unknown>; headers: Record<string, string> }
type Item = Record<string, unknown> & { context: Record<string, unknown> }

const offer = {
  offer: 'ten_percent',
  contact_id: 'con_1',
  creative: {
    title: '<b>10 % off</b>',
    text: 'Until Sunday',
    link_url: '/shop/cart',
    image_url: 'javascript:alert(1)',
  },
}

let sent: Sent[]
let statuses: number[]
let consentStatuses: number[]
let decided: unknown
let listening: [EventTarget, string, EventListener][]
let seen: ((entries: { isIntersecting: boolean }[]) => void)[]

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers()
  localStorage.clear()
  for (const cookie of document.cookie.split('; ')) {
    // biome-ignore lint/suspicious/noDocumentCookie: as the tag does
    document.cookie = `${cookie.split('=')[0]}=; path=/; max-age=0`
  }
  document.body.replaceChildren()
  document.documentElement.lang = 'en'
  history.replaceState(null, '', '/shop/?utm_campaign=spring&utm_source=mail&gclid=abc')
  setNavigator({ doNotTrack: null, globalPrivacyControl: undefined })
  sent = []
  statuses = []
  consentStatuses = []
  seen = []
  listening = []
  for (const target of [window, document]) {
    const original = target.addEventListener.bind(target) as typeof window.addEventListener
    vi.spyOn(target, 'addEventListener').mockImplementation((name: string, call: unknown) => {
      listening.push([target, name, call as EventListener])
      original(name, call as EventListener)
    })
  }
  decided = { placements: [] }
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    const path = new URL(address).pathname
    const headers = init.headers as Record<string, string>
    sent.push({ path, headers, body: JSON.parse(String(init.body)) })
    const queue = path === '/v1/consents' ? consentStatuses : path === '/v1/batch' ? statuses : []
    const status = queue.shift() ?? 200
    if (!status) throw new TypeError('no network')
    return new Response(JSON.stringify(path === '/v1/decisions' ? decided : {}), { status })
  })
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(report: (entries: { isIntersecting: boolean }[]) => void) {
        seen.push(report)
      }
      observe() {}
      disconnect() {}
    },
  )
})

/** The window outlives a test, a loaded tag must not. */
afterEach(() => {
  for (const [target, name, call] of listening) target.removeEventListener(name, call)
  for (const name of ['pushState', 'replaceState']) Reflect.deleteProperty(history, name)
  vi.restoreAllMocks()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function setNavigator(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(navigator, name, { value, configurable: true })
  }
}

/** Loads the tag as a page does: calls queued by the snippet first. */
async function load(...queued: unknown[][]) {
  const holder = window as unknown as { rapport: unknown }
  holder.rapport = queued
  await import('./tag')
  await vi.advanceTimersByTimeAsync(0)
  return holder.rapport as Record<string, (...parameters: unknown[]) => void>
}

const host = 'http://rapport.test'
const events = () =>
  sent.filter((one) => one.path === '/v1/batch').flatMap((one) => one.body.batch as Item[])
const posts = (path: string) => sent.filter((one) => one.path === path)

function addPlacement(name: string): HTMLElement {
  const box = document.createElement('div')
  box.dataset.rapportPlacement = name
  box.textContent = 'Our own words'
  document.body.append(box)
  return box
}

test('a page view carries campaign, click id, language and the same anonymous id', async () => {
  const rapport = await load(['load', 'key_1', { host }])
  rapport.track?.('Product Viewed', { product_id: '85123A' })
  await vi.advanceTimersByTimeAsync(2000)
  const [page, track] = events()
  expect([page?.type, track?.type]).toEqual(['page', 'track'])
  expect(page?.context).toMatchObject({
    campaign: { name: 'spring', source: 'mail' },
    clickIds: { gclid: 'abc' },
    page: { path: '/shop/' },
  })
  expect(page?.context.locale).toBeTruthy()
  expect(track?.properties).toEqual({ product_id: '85123A' })
  expect(track?.anonymousId).toBe(page?.anonymousId)
  expect(document.cookie).toContain(`rapport_anonymous_id=${page?.anonymousId}`)
  expect(sent[0]?.body.writeKey).toBe('key_1')
})

test('a change of address in a single-page site is a page view with its referrer', async () => {
  await load(['load', 'key_1', { host }])
  history.pushState(null, '', '/shop/cart')
  history.replaceState({ scroll: 1 }, '', '/shop/cart')
  await vi.advanceTimersByTimeAsync(2000)
  const pages = events().filter((event) => event.type === 'page')
  expect(pages).toHaveLength(2)
  expect(pages[1]?.properties).toMatchObject({
    path: '/shop/cart',
    referrer: expect.stringContaining('utm_campaign=spring'),
  })
})

test('calls queued before the tag arrived are kept, whatever their order', async () => {
  await load(['identify', 'u_1', { email: 'a@example.com' }], ['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(2000)
  expect(events().map((event) => event.type)).toEqual(['identify', 'page'])
  expect(events()[0]).toMatchObject({ userId: 'u_1', traits: { email: 'a@example.com' } })
})

test('without the required consent nothing is sent and nothing is stored', async () => {
  const box = addPlacement('home_banner')
  const rapport = await load(['load', 'key_1', { host, consent: 'required' }])
  rapport.track?.('Product Viewed')
  rapport.identify?.('u_1')
  rapport.refresh?.()
  rapport.consent?.({ analytics: false, marketing: false })
  window.dispatchEvent(new Event('pagehide'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([])
  expect(document.cookie).toBe('')
  expect(localStorage.length).toBe(0)
  expect(box.textContent).toBe('Our own words')
})

test('consent starts at once, is recorded, and its withdrawal forgets everything', async () => {
  addPlacement('home_banner')
  const rapport = await load(['load', 'key_1', { host, consent: 'required' }])
  rapport.consent?.({ analytics: true, marketing: true })
  await vi.advanceTimersByTimeAsync(2000)
  expect(events().map((event) => event.type)).toEqual(['page'])
  expect(posts('/v1/decisions')).toHaveLength(1)
  expect(posts('/v1/consents')[0]?.body).toMatchObject({ channel: 'web', state: 'granted' })
  rapport.consent?.({ analytics: false, marketing: false })
  await vi.advanceTimersByTimeAsync(2000)
  expect(posts('/v1/consents')[1]?.body).toMatchObject({ channel: 'web', state: 'denied' })
  expect(document.cookie).toBe('')
  expect(localStorage.length).toBe(0)
})

test('analytics without marketing records events but asks for no offers', async () => {
  addPlacement('home_banner')
  const rapport = await load(['load', 'key_1', { host, consent: 'required' }])
  rapport.consent?.({ analytics: true, marketing: false })
  await vi.advanceTimersByTimeAsync(2000)
  expect(events()).toHaveLength(1)
  expect(posts('/v1/decisions')).toEqual([])
})

test('a choice for a channel is passed on', async () => {
  const rapport = await load(['load', 'key_1', { host }])
  rapport.identify?.('u_1')
  rapport.consent?.({ email: true })
  await vi.advanceTimersByTimeAsync(0)
  expect(posts('/v1/consents')[0]?.body).toMatchObject({
    customer: { anonymous_id: expect.any(String) },
    channel: 'email',
    purpose: 'marketing',
    state: 'granted',
  })
})

test.each([
  [{ analytics: false, marketing: false }, 0, 0],
  [{ analytics: false }, 0, 1],
  [{ marketing: false }, 1, 0],
])('where consent is assumed, %o holds on the next page, too', async (choice, seenPages, asked) => {
  const rapport = await load(['load', 'key_1', { host }])
  rapport.track?.('Product Viewed')
  rapport.consent?.(choice)
  await vi.advanceTimersByTimeAsync(0)
  vi.clearAllTimers()
  vi.resetModules()
  sent = []
  addPlacement('home_banner')
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(2000)
  expect(events().filter((event) => event.type === 'page')).toHaveLength(seenPages)
  expect(posts('/v1/decisions')).toHaveLength(asked)
})

test('a yes where consent is assumed ends an earlier no', async () => {
  const rapport = await load(['load', 'key_1', { host }])
  rapport.consent?.({ analytics: false, marketing: false })
  rapport.consent?.({ analytics: true, marketing: true })
  rapport.track?.('Product Viewed')
  await vi.advanceTimersByTimeAsync(2000)
  expect(events().map((event) => event.type)).toEqual(['track'])
})

test.each([true, false])('a visitor who answers %o and leaves at once is heard', async (answer) => {
  setNavigator({ sendBeacon: () => true })
  const rapport = await load(['load', 'key_1', { host }])
  rapport.consent?.({ analytics: true, email: answer })
  window.dispatchEvent(new Event('pagehide'))
  setNavigator({ sendBeacon: undefined })
  expect(posts('/v1/consents').map((one) => one.body.state)).toEqual([
    answer ? 'granted' : 'denied',
  ])
})

test('a refusal that was not answered is told again, by the next page, too', async () => {
  consentStatuses = [0, 503, 0]
  const rapport = await load(['load', 'key_1', { host, consent: 'required' }])
  rapport.consent?.({ analytics: true, marketing: false })
  await vi.advanceTimersByTimeAsync(5000)
  const states = () => posts('/v1/consents').map((one) => one.body.state)
  expect(states()).toEqual(['denied', 'denied', 'denied'])
  vi.clearAllTimers()
  vi.resetModules()
  await load(['load', 'key_1', { host, consent: 'required' }])
  expect(states()).toEqual(['denied', 'denied', 'denied', 'denied'])
  const [first, , , last] = posts('/v1/consents')
  expect(last?.body).toEqual(first?.body)
  expect(localStorage.getItem('rapport_unsaid')).toBeNull()
})

test('a yes that was not answered does not come after a later no', async () => {
  consentStatuses = [503, 200]
  const rapport = await load(['load', 'key_1', { host }])
  rapport.consent?.({ email: true })
  await vi.advanceTimersByTimeAsync(500)
  expect(localStorage.getItem('rapport_unsaid')).toBeNull()
  rapport.consent?.({ email: false })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(posts('/v1/consents').map((one) => one.body.state)).toEqual(['granted', 'denied'])
})

test('a consent that is wrong is not repeated', async () => {
  consentStatuses = [422]
  const rapport = await load(['load', 'key_1', { host }])
  rapport.consent?.({ fax: false })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(posts('/v1/consents')).toHaveLength(1)
  expect(localStorage.getItem('rapport_unsaid')).toBeNull()
})

test('what an earlier page could not send is dropped when the browser now says no', async () => {
  statuses = [500]
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(1000)
  expect(localStorage.getItem('rapport_unsent')).toContain('page')
  vi.clearAllTimers()
  vi.resetModules()
  sent = []
  setNavigator({ doNotTrack: '1' })
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([])
  expect(localStorage.getItem('rapport_unsent')).toBeNull()
})

test.each([{ doNotTrack: '1' }, { globalPrivacyControl: true }])(
  'the browser says %o and is obeyed even after consent',
  async (signal) => {
    setNavigator(signal)
    addPlacement('home_banner')
    const rapport = await load(['load', 'key_1', { host }])
    rapport.consent?.({ analytics: true, marketing: true })
    rapport.track?.('Product Viewed')
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent).toEqual([])
    expect(document.cookie).toBe('')
    expect(localStorage.length).toBe(0)
  },
)

test('after a failure the same messages are sent again, later each time', async () => {
  statuses = [0, 503, 200]
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(1000)
  expect(posts('/v1/batch')).toHaveLength(1)
  expect(localStorage.getItem('rapport_unsent')).toContain('page')
  await vi.advanceTimersByTimeAsync(2000)
  expect(posts('/v1/batch')).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(4000)
  expect(posts('/v1/batch')).toHaveLength(3)
  expect(new Set(events().map((event) => event.messageId)).size).toBe(1)
  expect(localStorage.getItem('rapport_unsent')).toBeNull()
})

test('what a page could not send is sent by the next page', async () => {
  statuses = [500]
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(1000)
  const first = events()[0]?.messageId
  vi.clearAllTimers()
  vi.resetModules()
  sent = []
  await load(['load', 'key_1', { host, pages: false }])
  await vi.advanceTimersByTimeAsync(1000)
  expect(events().map((event) => event.messageId)).toEqual([first])
})

test('a request that is wrong is not repeated', async () => {
  statuses = [400]
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(posts('/v1/batch')).toHaveLength(1)
})

test('leaving the page hands what waits to the beacon', async () => {
  const beacons: string[] = []
  setNavigator({ sendBeacon: (_: string, body: string) => beacons.push(body) > 0 })
  await load(['load', 'key_1', { host }])
  window.dispatchEvent(new Event('pagehide'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(beacons).toHaveLength(1)
  expect(JSON.parse(beacons[0] ?? '').batch[0].type).toBe('page')
  expect(posts('/v1/batch')).toEqual([])
  setNavigator({ sendBeacon: undefined })
})

test('one request decides all placements; text is text and bad addresses are left out', async () => {
  const banner = addPlacement('home_banner')
  const empty = addPlacement('category_banner')
  decided = { placements: [{ placement: 'home_banner', offers: [offer], fallback: null }] }
  await load(['identify', 'u_1'], ['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(500)
  expect(posts('/v1/decisions')).toHaveLength(1)
  expect(posts('/v1/decisions')[0]?.body).toMatchObject({
    customer: { user_id: 'u_1', anonymous_id: expect.any(String) },
    placements: ['home_banner', 'category_banner'],
    language: 'en',
  })
  expect(posts('/v1/decisions')[0]?.headers.authorization).toBe(`Basic ${btoa('key_1:')}`)
  expect(banner.textContent).toBe('<b>10 % off</b>Until Sunday')
  expect(banner.querySelector('b, img')).toBeNull()
  expect(banner.querySelector('a')?.getAttribute('href')).toMatch(/\/shop\/cart$/)
  expect(banner.dataset.rapportState).toBe('offer')
  expect(empty.textContent).toBe('Our own words')
})

test('the decided fallback is shown and reports nothing', async () => {
  const banner = addPlacement('home_banner')
  const fallback = { title: 'Free returns' }
  decided = { placements: [{ placement: 'home_banner', offers: [], fallback }] }
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(500)
  banner.querySelector<HTMLElement>('.rapport-offer')?.click()
  expect(banner.textContent).toBe('Free returns')
  expect(seen).toEqual([])
  expect(posts('/v1/responses')).toEqual([])
})

test('a view counts after a second in sight, a click at once, each only once', async () => {
  const banner = addPlacement('home_banner')
  decided = { placements: [{ placement: 'home_banner', offers: [offer], fallback: null }] }
  await load(['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(500)
  seen[0]?.([{ isIntersecting: true }])
  await vi.advanceTimersByTimeAsync(900)
  seen[0]?.([{ isIntersecting: false }])
  await vi.advanceTimersByTimeAsync(2000)
  expect(posts('/v1/responses')).toEqual([])
  seen[0]?.([{ isIntersecting: true }])
  await vi.advanceTimersByTimeAsync(1000)
  banner.querySelector('a')?.click()
  banner.querySelector('a')?.click()
  const customer = posts('/v1/decisions')[0]?.body.customer as Item | undefined
  const anonymous_id = customer?.anonymous_id
  expect(posts('/v1/responses').map((one) => one.body)).toEqual([
    { contact_id: 'con_1', anonymous_id, kind: 'view' },
    { contact_id: 'con_1', anonymous_id, kind: 'click' },
  ])
})

test('refresh decides again, and another person gets another anonymous id', async () => {
  addPlacement('home_banner')
  const rapport = await load(['identify', 'u_1'], ['load', 'key_1', { host }])
  await vi.advanceTimersByTimeAsync(500)
  rapport.identify?.('u_2')
  rapport.refresh?.()
  await vi.advanceTimersByTimeAsync(500)
  const [first, second] = posts('/v1/decisions').map((one) => one.body.customer)
  expect(second).toMatchObject({ user_id: 'u_2' })
  expect(second).not.toMatchObject({ anonymous_id: (first as Item).anonymous_id })
})
