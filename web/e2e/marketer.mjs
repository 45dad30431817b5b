// The marketer's path: from a number in a funnel to a published offer for the people behind it,
// without leaving the browser. Part of `npm run e2e` on the program.
import { caller, untilFound } from './program.mjs'

const lost = 25
const bought = 15
const segment = 'Left at the checkout'
const offer = 'delivery_on_us'

/** Customers who put something into the cart; some buy it, most go away at the checkout. */
function visits() {
  const now = Date.now()
  return Array.from({ length: lost + bought }, (_, place) => {
    const userId = `shopper-${place}`
    const at = (minute) => new Date(now - 3_600_000 + place * 1_000 + minute * 60_000).toISOString()
    const event = (name, minute, properties) => ({
      type: 'track',
      event: name,
      messageId: `${userId} ${name}`,
      userId,
      timestamp: at(minute),
      properties,
    })
    const cart = { cart_id: `cart-${place}`, product_id: '85123A', price: 2.95, currency: 'GBP' }
    const order = { order_id: `order-${place}`, total: 2.95, currency: 'GBP' }
    return [
      { type: 'identify', messageId: `${userId} who`, userId, timestamp: at(0), traits: {} },
      event('Product Added', 1, cart),
      event('Cart Viewed', 2, cart),
      event('Checkout Started', 3, cart),
      ...(place < bought ? [event('Order Completed', 4, order)] : []),
    ]
  }).flat()
}

async function prepare(call) {
  const key = await call('POST', '/api/keys', { name: 'shop', scopes: ['ingest'] })
  const authorization = `Bearer ${key.secret}`
  await call('POST', '/v1/batch', { batch: visits() }, { authorization })
  await untilFound('Order Completed among the events', async () => {
    const { events } = await call('GET', '/api/vocabulary')
    return events.find((one) => one.name === 'Order Completed')
  })
  await call('PUT', '/api/definitions/offer_template/message', {
    body: { name: { en: 'Message' }, attributes: [] },
    note: '',
  })
  await call('POST', '/api/definitions/offer_template/message/publish', { version: 1 })
  const creative = { channel: 'web', language: 'en', title: 'Delivery is on us', text: 'Today.' }
  await call('PUT', `/api/definitions/offer/${offer}`, {
    body: {
      name: { en: 'Free delivery' },
      template: 'message',
      category: 'delivery',
      value_cents: 400,
      cost_cents: 100,
      currency: 'GBP',
      propensity: 0.1,
      lever: 1,
      channels: ['web'],
      creatives: [creative],
    },
    note: 'for everyone, so far',
  })
}

function expect(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`)
}

/** From the number of the funnel to a segment of exactly the people behind it. */
async function fromFunnelToSegment(page, url) {
  await page.goto(`${url}/explore`)
  await page.getByText('Funnel', { exact: true }).click()
  const step = page.getByRole('row').filter({ hasText: 'Checkout started' })
  await step.getByRole('button', { name: String(lost) }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText(`${lost} customers`, { exact: true }).waitFor()
  await drawer.getByLabel('Name of the segment').fill(segment)
  await drawer.getByRole('button', { name: 'Make a segment' }).click()
  await drawer.getByRole('link', { name: segment }).click()
  await page.getByRole('heading', { level: 1, name: segment }).waitFor()
}

/** Its count is that of the funnel, and twenty of them say why they are in it. */
async function lookAtTheSegment(page) {
  await page.getByText(String(lost), { exact: true }).first().waitFor()
  const people = page.getByRole('listitem').filter({ hasText: 'Why?' })
  await people.nth(19).waitFor()
  expect('customers shown with reasons', await people.count(), 20)
  await people.first().getByText('Why?').click()
  await people.first().getByText('Checkout Started').first().waitFor()
  await publish(page)
}

async function publish(page) {
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^Publish/ }).click()
  await page.getByText('Published', { exact: true }).first().waitFor()
}

/** The offer is for this segment from now on. */
async function putItIntoTheOffer(page, url) {
  await page.goto(`${url}/offers/${offer}`)
  await page.getByRole('button', { name: 'Add a condition' }).click()
  await page.getByRole('menuitem', { name: /^Another segment/ }).click()
  await page.getByRole('combobox', { name: 'Segment' }).selectOption({ label: segment })
  await publish(page)
}

/** Throws at the first step that does not lead on. */
export async function walkAsMarketer(page, url) {
  const call = await caller(page, url)
  await prepare(call)
  await fromFunnelToSegment(page, url)
  await lookAtTheSegment(page)
  await putItIntoTheOffer(page, url)
  const { body, state } = await call('GET', `/api/definitions/offer/${offer}`)
  expect('state of the offer', state, 'published')
  const made = await call('GET', '/api/definitions/segment?limit=10')
  const rule = JSON.stringify(body.eligibility)
  if (!rule.includes(made.items[0].key)) throw new Error(`the offer is for ${rule}`)
}
