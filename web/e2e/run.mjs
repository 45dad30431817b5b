// Visits every page in both languages and both colour schemes with a real browser and fails on
// accessibility violations (WCAG A and AA), horizontal overflow and console errors, on pages that
// no visit reaches, and where a walk through several pages does not lead on.
//   npm run e2e                    the built UI with canned answers
//   BASE_URL=http://127.0.0.1:8080 E2E_EMAIL=… E2E_PASSWORD=… npm run e2e     a running program
//   RAPPORT_BIN=…/rapport npm run e2e     canned answers, then a fresh program, then the demo
//   TARGET=program RAPPORT_BIN=… npm run e2e     only the fresh program; `demo` only the demo
//   ONLY=customers,keys npm run e2e   only the paths that contain one of the words
//   PICTURES=1 npm run e2e            keeps a picture of everything in test-results/
//   PAGES_AT_ONCE=4 npm run e2e       more pages at the same time than the two of the default
import { mkdir, rm } from 'node:fs/promises'
import { extraVisits, serveFixtures } from './fixtures/server.mjs'
import { walkByKeyboard } from './keyboard.mjs'
import { walkAsReader } from './letter.mjs'
import { walkAsMarketer } from './marketer.mjs'
import { administrator, startDemo, startProgram, visitor } from './program.mjs'
import { walkAsBuyer } from './shop.mjs'
import { walkAsAssistant } from './till.mjs'
import {
  checkWidths,
  failures,
  inspect,
  launch,
  newContext,
  newPage,
  picture,
  results,
  rules,
  settle,
  watch,
  wear,
} from './visit.mjs'

const only = process.env.ONLY ?? ''
const isWanted = (path) => only.split(',').some((word) => path.includes(word))
const atOnce = Number(process.env.PAGES_AT_ONCE ?? 2)
const started = Date.now()
const seconds = (since) => Math.round((Date.now() - since) / 1000)

/** Does something with each of a growing list, a few at a time. */
async function each(waiting, open, work) {
  let busy = 0
  const worker = async () => {
    const pages = await open()
    while (waiting.length > 0 || busy > 0) {
      const next = waiting.shift()
      if (next === undefined) {
        // Whoever is busy may still find more.
        await new Promise((later) => setTimeout(later, 50))
        continue
      }
      busy += 1
      await work(pages, next)
      busy -= 1
    }
    for (const page of pages) await page.context().close()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Signs in through the page itself and keeps the cookie for all contexts. */
async function signIn(browser, { url, account }) {
  if (!account) return undefined
  const context = await newContext(browser, { language: 'en', scheme: 'light' })
  const page = await newPage(context)
  await page.goto(url)
  await page.getByLabel('E-mail address').fill(account.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForSelector('nav')
  const state = await context.storageState()
  await context.close()
  return state
}

/** The paths of the navigation, and the addresses of all pages as the router has them. */
async function site(browser, { url, state }) {
  const context = await newContext(browser, { language: 'en', scheme: 'light', state })
  const page = await newPage(context)
  await page.goto(url)
  await settle(page)
  const links = await page.$$eval('nav a[href]', (all) => all.map((a) => a.getAttribute('href')))
  const routes = await page.evaluate(() => Object.keys(window.__TSR_ROUTER__.routesByPath))
  await context.close()
  const doors = ['/setup', '/sign-in']
  return { links: [...new Set(links)], routes: routes.filter((one) => !doors.includes(one)) }
}

/** One page in one language, in each of its colours. */
async function visit(page, target, path, { language, schemes, widths }) {
  for (const [place, scheme] of schemes.entries()) {
    const label = `${language}.${scheme}`
    const where = `${target.name} ${path} ${label}`
    watch(page, where)
    await page.setViewportSize({ width: 1280, height: 1_000 })
    if (place === 0) {
      await page.goto(target.url + path)
      await settle(page)
    } else await wear(page, scheme)
    await picture(page, target.name, path, label)
    await inspect(page, where, place === 0 ? rules.all : rules.colours)
    // Colours change nothing about widths.
    if (place > 0) continue
    await checkWidths(page, where, widths)
    await picture(page, target.name, path, label, String(widths.at(-1)))
  }
}

/** Visits one page in every language; a page that cannot be visited is a failure. */
async function visitAll(pages, target, path, found) {
  for (const [place, look] of target.looks.entries()) {
    try {
      await visit(pages[place], target, path, look)
      if (place === 0) await found?.(pages[place])
    } catch (error) {
      failures.push(`${target.name} ${path} ${look.language}: ${error.message.split('\n')[0]}`)
    }
  }
}

/** A path through several pages, whose first step that does not lead on is a failure. */
async function follow(browser, { url, state }, walk) {
  const start = Date.now()
  const context = await newContext(browser, { language: 'en', scheme: 'light', state })
  const page = await newPage(context)
  watch(page, walk.name)
  await walk(page, url).catch((error) => {
    failures.push(`${walk.name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
    return page.screenshot({ path: `${results}${walk.name}.png` })
  })
  await context.close()
  console.log(`${walk.name}: ${seconds(start)} s`)
}

/** The pages before one has signed in; the canned answers ask for them with a cookie. */
async function everyDoor(browser, target) {
  for (const door of target.doors) {
    const cookie = { name: 'door', value: door, url: target.url }
    const pages = []
    for (const look of target.looks) {
      const context = await newContext(browser, { ...look, scheme: look.schemes[0] })
      await context.addCookies([cookie])
      pages.push(await newPage(context))
    }
    await visitAll(pages, target, `/?${door}`)
    for (const page of pages) await page.context().close()
  }
}

async function everyPage(browser, target) {
  const start = Date.now()
  const { links, routes } = await site(browser, target)
  const paths = [...new Set([...links, ...target.extra, '/no-such-page'])].filter(isWanted)
  const known = new Set(paths)
  const reached = new Set()
  // Pages of one context would follow each other's change of colours.
  const open = () =>
    Promise.all(
      target.looks.map(async ({ language, schemes }) => {
        const outfit = { language, scheme: schemes[0], state: target.state }
        return newPage(await newContext(browser, outfit))
      }),
    )
  await each(paths, open, (pages, path) =>
    visitAll(pages, target, path, async (page) => {
      reached.add(await page.evaluate(() => window.__TSR_ROUTER__.state.matches.at(-1)?.fullPath))
      if (!links.includes(path)) return
      // Behind each list its first row, and the empty form.
      for (const next of ['[data-row-link][href]', 'a[data-shortcut="c"]']) {
        const link = page.locator(next).first()
        const to = (await link.count()) > 0 && (await link.getAttribute('href'))
        if (to && !known.has(to)) paths.push(to)
        if (to) known.add(to)
      }
    }),
  )
  if (target.complete && !only) {
    for (const route of routes.filter((one) => !reached.has(one))) {
      failures.push(`${target.name}: no visit reaches ${route}; add one to its fixture`)
    }
  }
  console.log(`${target.name}: ${known.size + target.doors.length} pages in ${seconds(start)} s`)
}

const english = { language: 'en', schemes: ['light'], widths: [768, 320] }
const chinese = { language: 'zh-CN', schemes: ['light'], widths: [320] }
/** Chinese in the dark is looked at in the demo. */
const allLooks = [{ ...english, schemes: ['light', 'dark'] }, chinese]
const twoLooks = [english, { ...chinese, schemes: ['dark'] }]

/** What is visited: canned answers, a fresh program, the demo; or only the one at BASE_URL. */
const targets = {
  async fixtures() {
    const { url, stop } = await serveFixtures()
    const extra = await extraVisits()
    const doors = ['sign_in', 'setup']
    const walks = [walkByKeyboard]
    return { url, stop, extra, looks: allLooks, doors, walks, complete: true }
  },
  async program() {
    const { url, stop } = await startProgram(process.env.RAPPORT_BIN)
    const walks = [walkAsMarketer, walkAsReader]
    return { url, stop, extra: [], looks: [english], doors: [], account: administrator, walks }
  },
  async demo() {
    const { url, stop } = await startDemo(process.env.RAPPORT_BIN)
    const walks = [walkAsBuyer, walkAsAssistant]
    return { url, stop, extra: [], looks: twoLooks, doors: [], account: visitor, walks }
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
const browser = await launch()
try {
  for (const name of wanted) {
    const target = { name, ...(await targets[name]()) }
    try {
      target.state = await signIn(browser, target)
      if (!only) {
        for (const walk of target.walks) await follow(browser, target, walk)
        await everyDoor(browser, target)
      }
      await everyPage(browser, target)
    } finally {
      await target.stop()
    }
  }
} finally {
  await browser.close()
}
console.log(`${failures.count} failures in ${seconds(started)} s`)
process.exitCode = failures.count > 0 ? 1 : 0
