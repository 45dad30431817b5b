// Takes a coupon at the demo's till, which is opened with a connection, and again without one, with
// one that never answers, and with a program that is being started. Part of `npm run e2e` on the demo.
import { createServer, request } from 'node:http'
import { caller, untilFound } from './program.mjs'
import { failures, newContext, newPage } from './visit.mjs'

/** What stands between a till and the program; `state` is what becomes of a call. */
async function startLine(url) {
  const line = { state: 'open', asked: [] }
  const server = createServer((asked, answer) => {
    line.asked.push(`${asked.method} ${asked.url}`)
    if (line.state === 'broken') return asked.socket.destroy()
    if (line.state === 'silent') return
    if (line.state === 'starting') return answer.writeHead(503).end('not yet')
    const { method, headers } = asked
    const onward = request(url + asked.url, { method, headers }, (said) => {
      answer.writeHead(said.statusCode, said.headers)
      said.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  line.url = `http://127.0.0.1:${server.address().port}`
  line.stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return line
}

/** Coupons of regulars, each for its customer alone; who is in a control group has none. */
async function coupons(call, count) {
  const { secret } = await call('POST', '/api/keys', { name: 'desk', scopes: ['ingest', 'decide'] })
  const more = { authorization: `Bearer ${secret}` }
  const users = Array.from({ length: 20 }, (_, place) => `regular-${place}`)
  const batch = users.flatMap((userId) =>
    ['first', 'second'].map((order) => ({
      type: 'track',
      event: 'Order Completed',
      messageId: `${userId} ${order}`,
      userId,
      properties: { order_id: `${userId}-${order}`, total: 20, currency: 'GBP' },
    })),
  )
  await call('POST', '/v1/batch', { batch }, more)
  const couponOf = async (user_id) => {
    const question = { customer: { user_id }, placements: ['call_center_main'] }
    const { placements } = await call('POST', '/v1/decisions', question, more)
    const code = placements[0].offers.find((one) => one.code?.startsWith('RPC1.'))?.code
    return code && { user_id, code }
  }
  return untilFound('coupons for regulars', async () => {
    const found = (await Promise.all(users.map(couponOf))).filter(Boolean)
    return found.length >= count && found
  })
}

async function take(page, { code, user_id }) {
  await page.getByLabel(/^(Code|兑换码)/).fill(code)
  await page.getByLabel(/^(Customer|顾客)/).fill(user_id)
  await page.getByRole('button', { name: /^(Redeem|兑换)$/ }).click()
}

/** Opens the till again in a state of its line, and takes a coupon as one can there. */
async function openAgain(page, line, state, coupon, words) {
  line.state = state
  await page.goto('about:blank')
  await page.goto(`${line.url}/shop/till`)
  await page.getByText(words.opens).waitFor()
  await take(page, coupon)
  await page.getByText(words.taken).waitFor()
}

/** What the browser keeps of the till: its files, without keys and without customers. */
async function lookAtWhatIsKept(page, where) {
  const kept = await page.evaluate(async () => {
    const cache = await caches.open('shop_till')
    const read = async (request) => [
      new URL(request.url).pathname,
      await (await cache.match(request)).text(),
    ]
    return Promise.all((await cache.keys()).map(read))
  })
  if (kept.length === 0) failures.push(`${where}: keeps nothing`)
  const { key } = await page.evaluate(async () => (await fetch('/shop/till-key.json')).json())
  for (const [path, content] of kept) {
    if (/^\/(v1|api)\/|key|customers/.test(path)) failures.push(`${where}: keeps ${path}`)
    if (content.includes(key) || /customer-\d/.test(content))
      failures.push(`${where}: keeps a key or a customer in ${path}`)
  }
  const scopes = await page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map((one) => new URL(one.scope).pathname),
  )
  if (String(scopes) !== '/shop/till') failures.push(`${where}: works for ${scopes}`)
}

const looks = [
  {
    language: 'en',
    opens: 'This page opens without a connection, too.',
    alone: 'Valid, will be sent when the connection is back:',
    once: 'This was taken at this till already.',
    sent: 'Sent: 1',
  },
  {
    language: 'zh-CN',
    opens: '此页面在没有网络连接时也能打开。',
    alone: '有效，恢复连接后将发送：',
    once: '此收银台已收过该优惠券。',
    sent: '已发送： 1',
  },
]

async function work(page, line, coupon, words) {
  const where = `till ${words.language}`
  await page.goto(`${line.url}/shop/till`)
  await page.getByText(words.opens).waitFor()
  await lookAtWhatIsKept(page, where)
  await openAgain(page, line, 'broken', coupon, { ...words, taken: words.alone })
  await openAgain(page, line, 'starting', coupon, { ...words, taken: words.once })
  await openAgain(page, line, 'silent', coupon, { ...words, taken: words.once })
  // The page is still open when the connection is back.
  await page.context().setOffline(true)
  line.state = 'open'
  await page.context().setOffline(false)
  await page.getByText(words.sent, { exact: true }).waitFor()
  // Opened anew from the page that was opened alone, it is the newest one, which is kept.
  line.asked.length = 0
  await page.goto(`${line.url}/shop/till`)
  const asked = (path) => line.asked.filter((one) => one === `GET ${path}`).length
  await untilFound('the page asked for, and kept anew', () => asked('/shop/till') >= 2)
}

/** Throws at the first step that does not lead on. */
export async function walkAsAssistant(page, url) {
  const call = await caller(page, url)
  const found = await coupons(call, looks.length)
  for (const [place, words] of looks.entries()) {
    const line = await startLine(url)
    const context = await newContext(page.context().browser(), { ...words, scheme: 'light' })
    const own = await newPage(context)
    own.on('pageerror', (error) => failures.push(`till ${words.language}: ${error.message}`))
    await work(own, line, found[place], words).finally(line.stop)
    await context.close()
  }
}
