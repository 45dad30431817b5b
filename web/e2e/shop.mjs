// Buys something in the demo shop, in both languages and colour schemes, at phone and desk width,
// and fails on accessibility violations, overflow, moving content, console errors, and on anything
// sent or stored without consent. Part of `npm run e2e` on the demo.
import { breaches, failures, newContext, newPage, picture, rules, settle, watch } from './visit.mjs'

/** Every language, every scheme and every width with each of the others. */
const looks = [
  { language: 'en', scheme: 'light', width: 1100 },
  { language: 'en', scheme: 'dark', width: 320 },
  { language: 'zh-CN', scheme: 'light', width: 320 },
  { language: 'zh-CN', scheme: 'dark', width: 1100 },
]

/** Runs in the page before anything else: adds up what moves without the visitor's doing. */
function watchShifts() {
  window.moved = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}

async function look(page, where, step) {
  await settle(page)
  await picture(page, ...where.split(' '), step)
  for (const one of await breaches(page, rules.strict)) failures.push(`${where} ${step}: ${one}`)
  const { moved, wide } = await page.evaluate(() => ({
    moved: window.moved,
    wide: document.documentElement.scrollWidth > innerWidth,
  }))
  if (wide) failures.push(`${where} ${step}: overflows`)
  if (moved > 0.02) failures.push(`${where} ${step}: content moved by ${moved.toFixed(3)}`)
}

/** Nothing may leave the page before consent, not even when the visitor goes on. */
async function silent(page, shop, sent, where) {
  await page.goto(`${shop}/product/85123A`)
  await page.click('#add button')
  await page.goto(`${shop}/cart`)
  await settle(page)
  const kept = await page.evaluate(() => [document.cookie, ...Object.keys(localStorage)].join(' '))
  if (sent.length) failures.push(`${where}: sent ${sent} without consent`)
  if (/rapport_/.test(kept)) failures.push(`${where}: stored ${kept} without consent`)
  await page.evaluate(() => localStorage.clear())
}

async function buy(page, shop, sent, where) {
  const visit = async (path, step, act) => {
    await page.goto(shop + path)
    await page.waitForSelector(':root[data-ready]')
    await act?.()
    await look(page, where, step)
  }
  await visit('/', 'consent')
  // A statement reaches the program once it knows the visitor, which takes it a moment.
  const told = page.waitForResponse((answer) => answer.url().endsWith('/v1/consents'))
  await page.click('[data-consent=all]')
  await told
  await visit('/', 'home')
  await visit('/category/lighting', 'category')
  await visit('/product/85123A', 'product', () => page.click('#add button'))
  await visit('/cart', 'cart')
  await visit('/checkout', 'checkout', async () => {
    await page.fill('[name=name]', 'Ada Example')
    await page.fill('[name=email]', 'ada@example.com')
    await page.check('[name=marketing]')
  })
  await page.click('#order button')
  await page.waitForURL(/thanks/)
  await page.waitForSelector(':root[data-ready]')
  await look(page, where, 'thanks')
  await visit('/sign-in', 'signed-in')
  await page.click('#sign-out')
  await visit('/sign-in', 'sign-in')
  await visit('/till', 'till')
  for (const path of ['/v1/batch', '/v1/decisions', '/v1/consents'])
    if (!sent.includes(path)) failures.push(`${where}: nothing was sent to ${path}`)
}

/** Throws at the first step that does not lead on. */
export async function walkAsBuyer(page, url) {
  for (const { language, scheme, width } of looks) {
    const where = `shop ${language} ${scheme} ${width}`
    const viewport = { width, height: 800 }
    const more = { viewport, bypassCSP: true }
    const context = await newContext(page.context().browser(), { language, scheme, ...more })
    const own = await newPage(context)
    const sent = []
    watch(own, where)
    own.on('request', (request) => {
      if (request.method() === 'POST') sent.push(new URL(request.url()).pathname)
    })
    await own.addInitScript(watchShifts)
    await silent(own, `${url}/shop`, sent, where)
    await buy(own, `${url}/shop`, sent, where)
    await context.close()
  }
}
