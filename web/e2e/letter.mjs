// The pages that customers reach from a mail, in both languages, colours and widths: unsubscribe,
// preferences, and what they say when a link does not work. Part of `npm run e2e` on the program.
import { readFile } from 'node:fs/promises'
import { caller, untilFound } from './program.mjs'
import { breaches, checkWidths, failures, newContext, newPage, picture, rules } from './visit.mjs'

const template = new URL(
  '../../crates/rapport/src/demo/definitions/template/cart_reminder.json',
  import.meta.url,
)

/** A journey that writes at once to whoever asks, and somebody who has asked. */
async function prepare(call) {
  const bring = async (path, body) => {
    await call('PUT', `/api/definitions/${path}`, { body, note: '' })
    await call('POST', `/api/definitions/${path}/publish`, { version: 1 })
  }
  await bring('template/letter', JSON.parse(await readFile(template, 'utf8')))
  await bring('journey/letter', {
    name: { en: 'Letter', zh: '来信' },
    entry: { on: ['Letter Asked'] },
    steps: [{ id: 'write', kind: 'message', template: 'letter' }],
  })
  const key = await call('POST', '/api/keys', { name: 'letters', scopes: ['ingest'] })
  const more = { authorization: `Bearer ${key.secret}` }
  const userId = 'reader'
  const tell = (type, messageId, what) =>
    call('POST', '/v1/batch', { batch: [{ type, messageId, userId, ...what }] }, more)
  await tell('identify', 'who', { traits: { email: 'ada@example.com', name: 'Ada' } })
  const consent = { channel: 'email', purpose: 'marketing', state: 'granted', source: 'checkout' }
  await call('POST', '/v1/consents', { customer: { user_id: userId }, ...consent }, more)
  await tell('track', 'asked', { event: 'Letter Asked' })
}

/** The paths of the letter that lead to the pages of customers. */
async function links(call) {
  const letter = await untilFound('a letter', async () => {
    const { items } = await call('GET', '/api/mailbox')
    return items[0]
  })
  const { html } = await call('GET', `/api/mailbox/${letter.id}`)
  const unsubscribe = /\/u\/[\w.~-]+/.exec(html)?.[0]
  if (!unsubscribe) throw new Error('the letter has no link to unsubscribe')
  return unsubscribe
}

/** Throws at the first step that does not lead on. */
export async function walkAsReader(page, url) {
  const call = await caller(page, url)
  await prepare(call)
  const unsubscribe = await links(call)
  for (const language of ['en', 'zh-CN']) {
    for (const scheme of ['light', 'dark']) {
      const context = await newContext(page.context().browser(), { language, scheme })
      await read(await newPage(context), url, unsubscribe, { language, scheme })
      await context.close()
    }
  }
}

async function read(page, url, unsubscribe, { language, scheme }) {
  const look = async (name) => {
    const where = `letter: ${name} ${language}.${scheme}`
    const spoken = await page.evaluate(() => document.documentElement.lang)
    if (spoken.slice(0, 2) !== language.slice(0, 2)) failures.push(`${where}: speaks ${spoken}`)
    await page.setViewportSize({ width: 1280, height: 1_000 })
    for (const one of await breaches(page, rules.strict)) failures.push(`${where}: ${one}`)
    await picture(page, 'letter', name, language, scheme)
    await checkWidths(page, where, [320])
    await picture(page, 'letter', name, language, scheme, '320')
  }
  const submit = async () => {
    await page.click('button[type=submit]')
    await page.waitForSelector('[role=status]')
  }
  await page.goto(url + unsubscribe)
  await look('unsubscribe')
  await submit()
  await look('unsubscribed')
  await page.click('main a')
  await page.waitForSelector('fieldset')
  await look('preferences')
  await page.check('[name="email.marketing"]')
  await submit()
  await look('chosen')
  await page.goto(`${url}/u/somebody-elses`)
  await look('no_such_link')
}
