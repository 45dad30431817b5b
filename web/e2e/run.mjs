// Visits every page in both languages and both colour schemes with a real browser and fails on
// accessibility violations (WCAG A and AA), horizontal overflow and console errors.
//   npm run e2e                    the built UI with canned answers
//   BASE_URL=http://127.0.0.1:8080 E2E_EMAIL=… E2E_PASSWORD=… npm run e2e     a running program
//   RAPPORT_BIN=…/rapport npm run e2e     canned answers, then a fresh program, then the demo
//   TARGET=program RAPPORT_BIN=… npm run e2e     only the fresh program; `demo` only the demo
//   ONLY=customers,keys npm run e2e   only the paths that contain one of the words
//   PAGES_AT_ONCE=4 npm run e2e       more pages at the same time than the two of the default
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { extraVisits, serveFixtures } from './fixtures/server.mjs'
import { walkByKeyboard } from './keyboard.mjs'
import { walkAsMarketer } from './marketer.mjs'
import { administrator, startDemo, startProgram, visitor } from './program.mjs'

const results = fileURLToPath(new URL('../test-results/', import.meta.url))
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
flags.push('--disable-background-networking', '--disable-component-update', '--disable-sync')
const widths = [320, 390, 768]
const only = process.env.ONLY ?? ''
const isWanted = (path) => only.split(',').some((word) => path.includes(word))
const atOnce = Number(process.env.PAGES_AT_ONCE ?? 2)
const failures = {
  count: 0,
  push(failure) {
    this.count += 1
    console.error(failure)
  },
}

/** Does something with each of a list, a few at a time. */
async function each(list, work) {
  const left = [...list]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function newContext(browser, language, scheme, state) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    locale: language,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    storageState: state,
  })
  await context.addInitScript(
    ([language, scheme]) => {
      try {
        localStorage.setItem('rapport-language', language)
        localStorage.setItem('rapport-scheme', scheme)
      } catch {
        // A mail in its sandbox has no storage, and needs none.
      }
    },
    [language, scheme],
  )
  return context
}

/** Signs in through the page itself and keeps the cookie for all contexts. */
async function signIn(browser, { url, account }) {
  if (!account) return undefined
  const context = await newContext(browser, 'en', 'light')
  const page = await context.newPage()
  await page.goto(url)
  await page.getByLabel('E-mail address').fill(account.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForSelector('nav')
  const state = await context.storageState()
  await context.close()
  return state
}

function watch(page, where) {
  page.removeAllListeners('console')
  page.removeAllListeners('pageerror')
  page.on('console', (line) => {
    const atTheDoor = where.includes(' /?') && line.text().includes('401')
    // What a draft lacks is an answer of its check, not a mistake of the page.
    const unfinished = line.text().includes('422')
    if (line.type() === 'error' && !atTheDoor && !unfinished)
      failures.push(`${where}: console: ${line.text()}`)
  })
  page.on('pageerror', (error) => failures.push(`${where}: ${error.message}`))
}

/** Runs in the page: whether everything is loaded and laid out. */
function isReady() {
  const waiting = 'div[role=status], .react-flow__node[style*="visibility: hidden"]'
  return !document.querySelector(waiting)
}

async function settle(page) {
  await page.waitForSelector('h1')
  await page.waitForFunction(isReady, null, { timeout: 10_000 }).catch(() => {})
  await page.waitForTimeout(150)
}

async function inspect(page, where, name) {
  await page.screenshot({ path: `${results}${name}.png` })
  // Whole, so that nothing lies below what sticks to the end of the window.
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width: 1280, height: Math.min(Math.max(height, 1_000), 4_000) })
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
}

/** Whether the page fits a width; a busy machine may need a moment to lay it out again. */
async function fits(page, width) {
  await page.waitForFunction((wanted) => innerWidth === wanted, width)
  const narrow = (limit) => document.documentElement.scrollWidth <= limit
  return page.waitForFunction(narrow, width, { timeout: 5_000 }).then(
    () => true,
    () => false,
  )
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
    const wide = (await fits(page, width)) ? null : await page.evaluate(tooWide)
    if (wide) failures.push(`${where}: overflows at ${width} px\n      ${wide.join('\n      ')}`)
    if (width === 320) await page.screenshot({ path: `${results}${name}.320.png` })
  }
  await page.setViewportSize({ width: 1280, height: 1000 })
}

/** The paths of the navigation and, behind each list, its first row. */
async function discover(browser, { url, state, extra }) {
  const context = await newContext(browser, 'en', 'light', state)
  const page = await context.newPage()
  await page.goto(url)
  await settle(page)
  const links = await page.$$eval('nav a[href]', (all) => all.map((a) => a.getAttribute('href')))
  const paths = [...links]
  for (const link of links) {
    await page.goto(url + link)
    await settle(page)
    const row = page.locator('[data-row-link][href]').first()
    if (await row.count()) paths.push(await row.getAttribute('href'))
    const create = page.locator('a[data-shortcut="c"]').first()
    if (await create.count()) paths.push(await create.getAttribute('href'))
  }
  await context.close()
  return [...new Set([...paths, ...extra, '/no-such-page'])].filter(isWanted)
}

/** A path as a name for its pictures: no longer than file systems take, and still its own. */
function fileOf(path) {
  const file = path.replace(/[^\w-]+/g, '_').replace(/^_/, '') || 'home'
  if (file.length <= 120) return file
  return `${file.slice(0, 110)}_${createHash('sha256').update(path).digest('hex').slice(0, 8)}`
}

async function visit(context, target, path, { label, widths }) {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const where = `${target.name} ${path} ${label}`
  const name = `${target.name}.${fileOf(path)}.${label}`
  watch(page, where)
  try {
    await page.goto(target.url + path)
    await settle(page)
    await inspect(page, where, name)
    if (widths) await checkWidths(page, where, name)
  } catch (error) {
    failures.push(`${where}: ${error.message.split('\n')[0]}`)
  }
  await page.close()
}

/** A path through several pages, whose first step that does not lead on is a failure. */
async function follow(browser, { url, state }, walk) {
  const context = await newContext(browser, 'en', 'light', state)
  const page = await context.newPage()
  watch(page, walk.name)
  await walk(page, url).catch((error) => {
    failures.push(`${walk.name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
    return page.screenshot({ path: `${results}${walk.name}.png` })
  })
  await context.close()
}

async function everyPage(browser, target) {
  const paths = await discover(browser, target)
  const start = Date.now()
  for (const [language, scheme] of target.looks) {
    // Colours change nothing about widths.
    const widths = scheme === 'light' || !target.looks.some(([, one]) => one === 'light')
    const look = { label: `${language}.${scheme}`, widths }
    const context = await newContext(browser, language, scheme, target.state)
    await each(paths, (path) => visit(context, target, path, look))
    await context.close()
    for (const door of only ? [] : target.doors) {
      const outside = await newContext(browser, language, scheme)
      await outside.addCookies([{ name: 'door', value: door, url: target.url }])
      await visit(outside, target, `/?${door}`, look)
      await outside.close()
    }
  }
  const seconds = Math.round((Date.now() - start) / 1000)
  console.log(`${target.name}: ${paths.length + target.doors.length} pages in ${seconds} s`)
}

/** Chinese in the dark is looked at in the demo. */
const threeLooks = [
  ['en', 'light'],
  ['en', 'dark'],
  ['zh-CN', 'light'],
]
const twoLooks = [
  ['en', 'light'],
  ['zh-CN', 'dark'],
]

/** What is visited: canned answers, a fresh program, the demo; or only the one at BASE_URL. */
const targets = {
  async fixtures() {
    const { url, stop } = await serveFixtures()
    const extra = await extraVisits()
    const doors = ['sign_in', 'setup']
    return { url, stop, extra, looks: threeLooks, doors, walks: [walkByKeyboard] }
  },
  async program() {
    const { url, stop } = await startProgram(process.env.RAPPORT_BIN)
    const looks = twoLooks.slice(0, 1)
    const walks = [walkAsMarketer]
    return { url, stop, extra: [], looks, doors: [], account: administrator, walks }
  },
  async demo() {
    const { url, stop } = await startDemo(process.env.RAPPORT_BIN)
    return { url, stop, extra: [], looks: twoLooks, doors: [], account: visitor, walks: [] }
  },
  async running() {
    const account = { email: process.env.E2E_EMAIL, password: process.env.E2E_PASSWORD }
    const url = process.env.BASE_URL.replace(/\/$/, '')
    return { url, stop() {}, extra: [], looks: twoLooks, doors: [], account, walks: [] }
  },
}
let wanted = process.env.BASE_URL ? ['running'] : ['fixtures']
if (process.env.RAPPORT_BIN) wanted.push('program', 'demo')
if (process.env.TARGET) wanted = [process.env.TARGET]

await rm(results, { recursive: true, force: true })
await mkdir(results, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: flags,
})
try {
  for (const name of wanted) {
    const target = { name, ...(await targets[name]()) }
    try {
      target.state = await signIn(browser, target)
      for (const walk of only ? [] : target.walks) await follow(browser, target, walk)
      await everyPage(browser, target)
    } finally {
      await target.stop()
    }
  }
} finally {
  await browser.close()
}
console.log(`${failures.count} failures`)
process.exitCode = failures.count > 0 ? 1 : 0
