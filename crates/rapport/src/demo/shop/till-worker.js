// The till's page without a connection: keeps its files, and hands them out when the network does
// not answer. No key of the till, no customers and no answer of a call are among them.

/** Whatever the page needs to open, in the same state for everybody who opens it. */
const files = [
  '/shop/till',
  '/shop/settings.js',
  '/shop/products.json',
  '/shop/assets/cart.js',
  '/shop/assets/coupon.js',
  '/shop/assets/customer.js',
  '/shop/assets/drawings.js',
  '/shop/assets/first.js',
  '/shop/assets/icon.svg',
  '/shop/assets/pages.js',
  '/shop/assets/shop.css',
  '/shop/assets/shop.js',
  '/shop/assets/texts.js',
  '/shop/assets/till.js',
  '/tag.js',
]
const patience_ms = 3_000

const cache = () => caches.open('shop_till')

/** All files anew or none: a page and scripts of different days do not fit each other. */
async function keepFiles() {
  // Without cookies: what is kept is nobody's own.
  const fresh = files.map((file) => new Request(file, { credentials: 'omit', redirect: 'error' }))
  await (await cache()).addAll(fresh)
}

/** What the network answers. A call that waits too long is given up, so that none is in the way. */
async function ask(request) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), patience_ms)
  const answer = await fetch(request, { signal: patience.signal })
  clearTimeout(timer)
  if (answer.status >= 500) throw new Error(`${request.url} answered ${answer.status}`)
  return answer
}

/** Pages that were opened with what is kept, and go on with it. */
const openedAlone = new Set()

async function answer(event, path) {
  // Opening anew asks anew; it may still come with the name of the page that was there before.
  const opening = event.request.mode === 'navigate'
  if (opening || !openedAlone.has(event.clientId)) {
    const asked = ask(event.request)
    // What cannot be had anew stays as it is.
    if (opening) event.waitUntil(asked.then(keepFiles).catch(() => {}))
    try {
      return await asked
    } catch {
      if (opening) openedAlone.add(event.resultingClientId)
    }
  }
  return (await (await cache()).match(path)) ?? fetch(event.request)
}

addEventListener('install', (event) => {
  // A till may never close its page: the newest worker does not wait for that.
  skipWaiting()
  event.waitUntil(keepFiles())
})

addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== location.origin) return
  if (files.includes(pathname)) event.respondWith(answer(event, pathname))
})
