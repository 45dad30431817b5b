// One page in a real browser: opened, waited for, and held against the rules of accessibility
// (WCAG A and AA), against narrow windows, and against errors in the console.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const results = fileURLToPath(new URL('../test-results/', import.meta.url))
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
flags.push('--disable-background-networking', '--disable-component-update', '--disable-sync')

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** What a page must keep to, and, where only its colours are other ones, what these must. */
export const rules = {
  all: { type: 'tag', values: levels },
  colours: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
  strict: { type: 'tag', values: [...levels, 'best-practice'] },
}

/** What is wrong so far; each is told as soon as it is found. */
export const failures = {
  count: 0,
  push(failure) {
    this.count += 1
    console.error(failure)
  },
}

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })

export async function newContext(browser, { language, scheme, state, ...more }) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    locale: language,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    storageState: state,
    ...more,
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

/** Requests that a page waits for. */
const open = new WeakMap()

/** What the tag tells goes on without the page, and nobody learns when it has ended. */
const isTold = (request) => /\/v1\/(batch|responses|consents)$/.test(request.url())

/** A page that knows what it waits for. */
export async function newPage(context) {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const waiting = new Set()
  open.set(page, waiting)
  page.on('request', (request) => {
    // A stream of events never ends.
    if (request.resourceType() !== 'eventsource' && !isTold(request)) waiting.add(request)
  })
  // What a page leaves behind, the next one does not wait for.
  page.on('framenavigated', (frame) => frame === page.mainFrame() && waiting.clear())
  for (const end of ['requestfinished', 'requestfailed']) {
    page.on(end, (request) => waiting.delete(request))
  }
  return page
}

/** Whatever goes wrong in a page from now on is a failure at this place. */
export function watch(page, where) {
  page.removeAllListeners('console')
  page.removeAllListeners('pageerror')
  page.on('console', (line) => {
    const atTheDoor = where.includes(' /?') && line.text().includes('401')
    // What a draft lacks is an answer of its check, not a mistake of the page.
    const unfinished = line.text().includes('422')
    if (line.type() === 'error' && !atTheDoor && !unfinished)
      failures.push(`${where}: console: ${line.text()} ${line.location().url}`)
  })
  page.on('pageerror', (error) => failures.push(`${where}: ${error.message}`))
}

/** Runs in the page: whether everything is loaded and laid out, a moment from now. */
async function isReady() {
  await new Promise((later) => setTimeout(later, 30))
  const waiting = 'div[role=status], .react-flow__node[style*="visibility: hidden"]'
  return Boolean(document.querySelector('h1')) && !document.querySelector(waiting)
}

/**
 * Runs in the page: brings what moves to its end; what never ends goes on. What is inherited begins
 * to change when the element around it has ended, so the end comes level by level.
 */
function comeToRest() {
  const ends = (one) => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY
  for (let level = 0; level < 100; level += 1) {
    const moving = document.getAnimations().filter(ends)
    if (moving.length === 0) return
    for (const one of moving) one.finish()
  }
}

/** Waits until a page asks for nothing more and stays as it is. */
export async function settle(page) {
  await page.waitForSelector('h1')
  const waiting = open.get(page)
  const until = Date.now() + 10_000
  for (let calm = 0; calm < 2 && Date.now() < until; ) {
    const ready = await page.evaluate(isReady)
    calm = ready && waiting.size === 0 ? calm + 1 : 0
  }
  await page.evaluate(comeToRest)
}

/** Breaches of the rules in the page as it is. */
export async function breaches(page, runOnly) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe)
  return page.evaluate(async (runOnly) => {
    const options = { runOnly, resultTypes: ['violations'], preload: false }
    const answer = await window.axe.run(document, options)
    return answer.violations.map((one) => {
      const nodes = one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160))
      const why = one.nodes[0]?.any[0]?.message ?? ''
      return `${one.id}: ${one.help} (${one.nodes.length}) ${why}\n      ${nodes.join('\n      ')}`
    })
  }, runOnly)
}

/** Lists that are read at a glance: at 1280 px nothing of them is cut off. */
const glances = [
  '/experiments',
  '/offers',
  '/caps',
  '/learning',
  '/decisions',
  '/profit',
  '/touchpoints',
  '/segments',
  '/customers',
  '/placements',
  '/journeys',
  '/messages',
]

/** Runs in the page: the lists that can only be read by scrolling them sideways. */
function cutOff() {
  const lists = [...document.querySelectorAll('main section[tabindex="0"]')]
  return lists
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.getAttribute('aria-label')} by ${one.scrollWidth - one.clientWidth} px`)
}

/** The rules on the whole page: nothing lies below what sticks to the end of the window. */
export async function inspect(page, where, runOnly) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  if (height > 1_000) {
    await page.setViewportSize({ width: 1280, height: Math.min(height, 4_000) })
  }
  for (const one of await breaches(page, runOnly)) failures.push(`${where}: ${one}`)
  if (!glances.includes(new URL(page.url()).pathname)) return
  for (const one of await page.evaluate(cutOff)) {
    failures.push(`${where}: scrolls sideways at 1280 px: ${one}`)
  }
}

/** Runs in the page: what sticks out of a width, once the page is laid out for it. */
async function sticksOut(width) {
  const fits = () => innerWidth === width && document.documentElement.scrollWidth <= width
  for (const until = Date.now() + 5_000; !fits(); ) {
    if (Date.now() > until) {
      const all = [...document.querySelectorAll('body *')]
      const guilty = all.filter((one) => one.getBoundingClientRect().right > width + 1)
      return guilty.slice(0, 3).map((one) => one.outerHTML.slice(0, 120))
    }
    await new Promise(requestAnimationFrame)
  }
  return null
}

/** Whether a page fits narrow windows. */
export async function checkWidths(page, where, widths) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 1_100 })
    const guilty = await page.evaluate(sticksOut, width)
    if (guilty)
      failures.push(`${where}: overflows at ${width} px\n      ${guilty.join('\n      ')}`)
  }
}

/** Puts other colours on; all of them follow from one mark on the document. */
export async function wear(page, scheme) {
  await page.evaluate((scheme) => {
    document.documentElement.dataset.mantineColorScheme = scheme
  }, scheme)
  await page.evaluate(comeToRest)
}

/** A path as a name for its pictures: no longer than file systems take, and still its own. */
function fileOf(path) {
  const file = path.replace(/[^\w-]+/g, '_').replace(/^_/, '') || 'home'
  if (file.length <= 120) return file
  return `${file.slice(0, 110)}_${createHash('sha256').update(path).digest('hex').slice(0, 8)}`
}

/** Keeps how a page looks, where somebody wants to see it: they take longer than the checks. */
export async function picture(page, ...names) {
  if (!process.env.PICTURES) return
  const name = names.map((one) => (one.startsWith('/') ? fileOf(one) : one)).join('.')
  await page.screenshot({ path: `${results}${name}.png` })
}
