// Buys something in the demo shop, on every page in both languages and colour schemes, at phone
// and desk width, and fails on accessibility violations, overflow, moving content, console errors,
// and on anything sent or stored without consent.
//   BASE_URL=http://127.0.0.1:8080 node e2e/shop.mjs     against a running `rapport demo`
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const base = process.env.BASE_URL ?? 'http://127.0.0.1:8080'
const results = fileURLToPath(new URL('../test-results/', import.meta.url))
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
flags.push('--disable-background-networking', '--disable-component-update', '--disable-sync')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const failures = []

/** Runs in the page before anything else: adds up what moves without the visitor's doing. */
function watchShifts() {
  window.moved = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}

async function inspect(page, name) {
  await page.waitForTimeout(600)
  await page.screenshot({ path: `${results}shop-${name}.png` })
  await page.evaluate(axe)
  const found = await page.evaluate(async (runOnly) => {
    const answer = await window.axe.run(document, { runOnly })
    const wide = document.documentElement.scrollWidth > innerWidth
    return {
      moved: window.moved,
      problems: [
        ...answer.violations.map((one) => `${one.id}: ${one.help} ${one.nodes[0].html}`),
        ...(wide ? ['overflows'] : []),
      ],
    }
  }, tags)
  for (const problem of found.problems) failures.push(`${name}: ${problem}`)
  if (found.moved > 0.02) failures.push(`${name}: content moved by ${found.moved.toFixed(3)}`)
}

/** Nothing may leave the page before consent. */
async function silent(page, sent, name) {
  await page.goto(`${base}/shop/product/85123A`)
  await page.click('#add button')
  await page.waitForTimeout(1500)
  const kept = await page.evaluate(() => [document.cookie, ...Object.keys(localStorage)].join(' '))
  if (sent.length) failures.push(`${name}: sent ${sent} without consent`)
  if (/rapport_/.test(kept)) failures.push(`${name}: stored ${kept} without consent`)
  await page.evaluate(() => localStorage.clear())
}

async function buy(page, sent, name) {
  const visit = async (path, step, act) => {
    await page.goto(base + path)
    await page.waitForSelector(':root[data-ready]')
    await act?.()
    await inspect(page, `${step}-${name}`)
  }
  await visit('/shop/', 'consent')
  await page.click('[data-consent=all]')
  await visit('/shop/', 'home')
  await visit('/shop/category/lighting', 'category')
  await visit('/shop/product/85123A', 'product', () => page.click('#add button'))
  await visit('/shop/cart', 'cart')
  await visit('/shop/checkout', 'checkout', async () => {
    await page.fill('[name=name]', 'Ada Example')
    await page.fill('[name=email]', 'ada@example.com')
    await page.check('[name=marketing]')
  })
  await page.click('#order button')
  await page.waitForURL(/thanks/)
  await visit(new URL(page.url()).pathname, 'thanks')
  await visit('/shop/sign-in', 'signed-in')
  await page.click('#sign-out')
  await visit('/shop/sign-in', 'sign-in')
  for (const path of ['/v1/batch', '/v1/decisions', '/v1/consents'])
    if (!sent.includes(path)) failures.push(`${name}: nothing was sent to ${path}`)
}

await mkdir(results, { recursive: true })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
try {
  for (const colorScheme of ['light', 'dark'])
    for (const width of [320, 1100])
      for (const locale of ['en', 'zh-CN']) {
        const name = `${colorScheme}-${width}-${locale}`
        const viewport = { width, height: 800 }
        const context = await browser.newContext({ viewport, colorScheme, locale, bypassCSP: true })
        const page = await context.newPage()
        const sent = []
        page.on('pageerror', (error) => failures.push(`${name}: ${error.message}`))
        page.on('console', (line) => {
          if (line.type() === 'error') failures.push(`${name}: console: ${line.text()}`)
        })
        page.on('request', (request) => {
          const { pathname } = new URL(request.url())
          if (request.method() === 'POST') sent.push(pathname)
        })
        await page.addInitScript(watchShifts)
        await silent(page, sent, name)
        await buy(page, sent, name)
        await context.close()
      }
} finally {
  await browser.close()
}
for (const failure of failures) console.error(failure)
console.error(failures.length ? `${failures.length} failures` : 'the shop is as it should be')
process.exitCode = failures.length ? 1 : 0
