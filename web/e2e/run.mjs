// Visits every page in both languages and both colour schemes with a real browser and fails on
// accessibility violations (WCAG A and AA), horizontal overflow and console errors.
//   npm run e2e                    the built UI with canned answers
//   BASE_URL=http://127.0.0.1:8080 E2E_EMAIL=… E2E_PASSWORD=… npm run e2e     a running program
//   ONLY=customers npm run e2e     only the paths that contain the word
import { mkdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { extraVisits, serveFixtures } from './fixtures/server.mjs'
import { walkByKeyboard } from './keyboard.mjs'

const results = fileURLToPath(new URL('../test-results/', import.meta.url))
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
flags.push('--disable-background-networking', '--disable-component-update', '--disable-sync')
const languages = ['en', 'zh-CN']
const schemes = ['light', 'dark']
const widths = [320, 390, 768]
const only = process.env.ONLY ?? ''
const failures = []

async function signedIn(browser, url, language, scheme, cookie) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    locale: language,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    bypassCSP: true,
  })
  await context.addInitScript(
    ([language, scheme]) => {
      localStorage.setItem('rapport-language', language)
      localStorage.setItem('rapport-scheme', scheme)
    },
    [language, scheme],
  )
  if (cookie) await context.addCookies([{ name: 'door', value: cookie, url }])
  if (process.env.E2E_EMAIL && !cookie) {
    const answer = await context.request.post(`${url}/api/session`, {
      data: { email: process.env.E2E_EMAIL, password: process.env.E2E_PASSWORD },
      headers: { origin: url },
    })
    if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}`)
  }
  return context
}

function watch(page, where) {
  page.removeAllListeners('console')
  page.removeAllListeners('pageerror')
  page.on('console', (line) => {
    const atTheDoor = where.startsWith('/?') && line.text().includes('401')
    if (line.type() === 'error' && !atTheDoor) failures.push(`${where}: console: ${line.text()}`)
  })
  page.on('pageerror', (error) => failures.push(`${where}: ${error.message}`))
}

async function settle(page) {
  await page.waitForSelector('h1', { timeout: 15_000 })
  await page
    .waitForFunction(() => !document.querySelector('[role=status]'), null, { timeout: 8_000 })
    .catch(() => {})
  await page.waitForTimeout(150)
}

async function inspect(page, where, name) {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
    const answer = await window.axe.run(document, { runOnly: tags })
    return answer.violations.map((one) => {
      const nodes = one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160))
      const why = one.nodes[0]?.any[0]?.message ?? ''
      return `${one.id}: ${one.help} (${one.nodes.length}) ${why}\n      ${nodes.join('\n      ')}`
    })
  })
  for (const one of found) failures.push(`${where}: ${one}`)
  await page.screenshot({ path: `${results}${name}.png` })
}

/** Runs in the page; a busy machine may need a moment to lay it out again. */
function narrowEnough(width) {
  return innerWidth === width && document.documentElement.scrollWidth <= width
}

/** Runs in the page: what sticks out. */
function tooWide() {
  const limit = document.documentElement.clientWidth
  const guilty = [...document.querySelectorAll('main *')].filter(
    (one) => one.getBoundingClientRect().right > limit + 1,
  )
  return guilty.slice(0, 3).map((one) => one.outerHTML.slice(0, 120))
}

async function checkWidths(page, where, name) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 1100 })
    const fits = await page
      .waitForFunction(narrowEnough, width, { timeout: 2_000 })
      .then(() => true)
      .catch(() => false)
    const wide = fits ? null : await page.evaluate(tooWide)
    if (wide) failures.push(`${where}: overflows at ${width} px\n      ${wide.join('\n      ')}`)
    if (width === 320) await page.screenshot({ path: `${results}${name}.320.png` })
  }
  await page.setViewportSize({ width: 1280, height: 1000 })
}

/** The paths of the navigation and, behind each list, its first row. */
async function discover(browser, url) {
  const context = await signedIn(browser, url, 'en', 'light')
  const page = await context.newPage()
  await page.goto(url)
  await settle(page)
  const links = await page.$$eval('nav a[href]', (all) => all.map((a) => a.getAttribute('href')))
  const paths = [...links]
  for (const link of links) {
    await page.goto(url + link)
    await settle(page)
    const row = page.locator('[data-row-link]').first()
    if (await row.count()) paths.push(await row.getAttribute('href'))
    const create = page.locator('a[data-shortcut="c"]').first()
    if (await create.count()) paths.push(await create.getAttribute('href'))
  }
  await context.close()
  if (!process.env.BASE_URL) paths.push(...(await extraVisits()))
  return [...new Set(paths), '/no-such-page']
}

async function visit(context, url, path, label) {
  const page = await context.newPage()
  const where = `${path} ${label}`
  const name = `${path.replace(/[^\w-]+/g, '_').replace(/^_/, '') || 'home'}.${label}`
  watch(page, where)
  try {
    await page.goto(url + path)
    await settle(page)
    await inspect(page, where, name)
    await checkWidths(page, where, name)
  } catch (error) {
    failures.push(`${where}: ${error.message.split('\n')[0]}`)
  }
  await page.close()
}

async function byKeyboard(browser, url) {
  const context = await signedIn(browser, url, 'en', 'light')
  const page = await context.newPage()
  await walkByKeyboard(page, url).catch((error) => failures.push(error.message.split('\n')[0]))
  await context.close()
}

async function everyPage(browser, url) {
  const paths = (await discover(browser, url)).filter((path) => path.includes(only))
  const doors = process.env.BASE_URL || only ? [] : ['sign_in', 'setup']
  for (const language of languages) {
    for (const scheme of schemes) {
      const label = `${language}.${scheme}`
      const context = await signedIn(browser, url, language, scheme)
      for (const path of paths) await visit(context, url, path, label)
      await context.close()
      for (const door of doors) {
        const outside = await signedIn(browser, url, language, scheme, door)
        await visit(outside, url, `/?${door}`, label)
        await outside.close()
      }
    }
  }
  return paths.length + doors.length
}

await rm(results, { recursive: true, force: true })
await mkdir(results, { recursive: true })
const fixtures = process.env.BASE_URL ? null : await serveFixtures()
const url = (process.env.BASE_URL ?? fixtures.url).replace(/\/$/, '')
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: flags,
})
try {
  if (!only) await byKeyboard(browser, url)
  const count = await everyPage(browser, url)
  const visits = count * languages.length * schemes.length
  console.log(`${count} pages, ${visits} visits, ${failures.length} failures`)
} finally {
  await browser.close()
  fixtures?.stop()
}
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0
