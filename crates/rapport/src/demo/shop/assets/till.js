// A till: it asks Rapport whether a code or coupon may be taken, once. Without a connection it
// verifies coupons by itself, and sends what it took when the connection is back.

import { isCoupon, verify } from './coupon.js'
import { address } from './customer.js'
import { language, money, text } from './texts.js'

const $ = (selector) => document.querySelector(selector)
const kept = (name, empty) => JSON.parse(localStorage.getItem(name)) ?? empty
const keep = (name, value) => localStorage.setItem(name, JSON.stringify(value))

/** What was taken without a connection; `serial` tells whether a coupon comes a second time. */
const waiting = () => kept('till_waiting', [])
/** What offers are called, as far as the till has heard of them. */
const names = () => kept('till_offers', {})

/** How long the till waits for an answer before it goes on by itself. */
const patience_ms = 5_000

let shown = null
let told = null
let opensAlone = false

/** Asked for each time, because the key to redeem with is kept nowhere. */
async function keyToRedeem() {
  const call = { cache: 'no-store', signal: AbortSignal.timeout(patience_ms) }
  const answer = await fetch('/shop/till-key.json', call)
  return (await answer.json()).key
}

/** The answer of Rapport, or nothing when it cannot be reached. */
async function post(path, body, signal) {
  try {
    const authorization = `Bearer ${await keyToRedeem()}`
    const headers = { 'content-type': 'application/json', authorization }
    const call = { method: 'POST', headers, body: JSON.stringify(body), signal }
    const answer = await fetch(path, call)
    return answer.status < 500 ? { good: answer.ok, said: await answer.json() } : null
  } catch {
    return null
  }
}

async function fetchKeys() {
  try {
    const signal = AbortSignal.timeout(patience_ms)
    const answer = await fetch('/api/coupons/public-keys', { signal })
    if (answer.ok) keep('till_keys', (await answer.json()).keys)
  } catch {
    // The keys that are kept go on being believed.
  }
}

/** What of an offer the assistant must know: its name, and what to take off. */
function offerInWords({ offer, worth_cents, percent }) {
  const name = names()[offer]
  const off = percent && new Intl.NumberFormat(language(), { style: 'percent' }).format(percent)
  const worth = worth_cents ? money(worth_cents) : off
  return [name?.[language()] ?? name?.en, worth && `${worth} ${text('off')}`]
    .filter(Boolean)
    .join(' · ')
}

/** Why something was refused, in words of the shop. */
function reasonOf(said, user) {
  const reasons = {
    already_redeemed: 'alreadyRedeemed',
    code_ended: 'codeEnded',
    offer_recalled: 'offerRecalled',
    not_found: 'codeUnknown',
  }
  const place = said.errors?.[0]?.path
  if (place === '/user_id') return user ? 'customerOther' : 'customerMissing'
  return reasons[said.code] ?? (place === '/code' ? 'couponWrong' : 'tillTrouble')
}

async function redeem(body) {
  // Sent again it counts once, so whatever becomes of the call, a coupon can be taken alone.
  const signal = isCoupon(body.code) ? AbortSignal.timeout(patience_ms) : undefined
  const answer = await post('/v1/redemptions', body, signal)
  if (!answer) return takeAlone(body)
  const { good, said } = answer
  if (!good) return { reason: reasonOf(said, body.user_id) }
  keep('till_offers', { ...names(), [said.offer]: said.name })
  return { state: 'taken', offer: { ...said, percent: said.attributes.percent } }
}

/** Takes a coupon without asking; a code of a pool says nothing by itself. */
async function takeAlone(body) {
  if (!isCoupon(body.code)) return { reason: 'needsConnection' }
  const { coupon, reason } = await verify(body.code, kept('till_keys', []), body.user_id)
  if (!coupon) return { reason }
  const before = waiting()
  if (before.some((one) => one.serial === coupon.n)) return { reason: 'takenHere' }
  const redemption = { ...body, offline: true, redeemed_at: new Date().toISOString() }
  keep('till_waiting', [...before, { serial: coupon.n, redemption }])
  return { state: 'takenAlone', offer: { offer: coupon.o, worth_cents: coupon.v } }
}

/** Sends what was taken without a connection. */
async function send() {
  const items = waiting()
  if (items.length > 0) {
    const redemptions = items.map((one) => one.redemption)
    const answer = await post('/v1/redemptions/batch', { redemptions })
    if (answer?.good) {
      const answered = answer.said.redemptions
      const settled = new Set(answered.map((one) => one.redemption_id))
      keep(
        'till_waiting',
        waiting().filter((one) => !settled.has(one.redemption.redemption_id)),
      )
      const late = answered.filter((one) => !one.redeemed || one.redeemed.outcome === 'double')
      told = { sent: settled.size, late: late.length }
      if (shown?.state === 'takenAlone') shown = null
    }
  }
  draw()
}

function draw() {
  if (!$('#redeemed')) return
  const words = shown?.reason ? [text(shown.reason)] : shown && [text(shown.state)]
  if (shown?.offer) words.push(offerInWords(shown.offer))
  $('#redeemed').textContent = (words ?? []).filter(Boolean).join(' ')
  const count = waiting().length
  const lines = [
    count > 0 && `${text('waiting')} ${count}`,
    told && `${text('sent')} ${told.sent}`,
    told?.late && `${text('sentLate')} ${told.late}`,
  ]
  $('#waiting').textContent = lines.filter(Boolean).join(' · ')
  $('#opens').textContent = text(opensAlone ? 'opensAlone' : 'opensOnline')
}

export function till() {
  const known = address()?.match(/^customer-(\d+)@example\.com$/)
  const form = $('#till')
  if (!form.user.value) form.user.value = known?.[1] ?? address() ?? ''
  form.onsubmit = async (event) => {
    event.preventDefault()
    const entered = new FormData(form)
    const user_id = entered.get('user').trim()
    shown = await redeem({
      redemption_id: `till-1/${crypto.getRandomValues(new Uint32Array(2)).join('')}`,
      code: entered.get('code').trim(),
      till: 'till-1',
      value_cents: Math.round(Number(entered.get('value')) * 100),
      currency: 'GBP',
      ...(user_id && { user_id }),
    })
    // Rapport could be reached, so what waits can go.
    if (shown.state === 'taken') await send()
    draw()
  }
  draw()
}

/** Lets the page open without a connection, where the browser lets pages do so. */
async function openAlone() {
  const workers = navigator.serviceWorker
  if (!workers) return
  // Not waited for: without an answer to this, the worker of yesterday goes on.
  workers.register('/shop/till-worker.js', { scope: '/shop/till' }).catch(() => {})
  await workers.ready
  opensAlone = true
  draw()
}

if (location.pathname === '/shop/till') {
  void openAlone()
  addEventListener('online', () => void fetchKeys().then(send))
  void fetchKeys().then(send)
}
