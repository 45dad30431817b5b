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

let shown = null
let told = null

/** The answer of Rapport, or nothing when it cannot be reached. */
async function post(path, body) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${shopSettings.till_key}`,
  }
  try {
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return answer.status < 500 ? { good: answer.ok, said: await answer.json() } : null
  } catch {
    return null
  }
}

async function fetchKeys() {
  try {
    const answer = await fetch('/api/coupons/public-keys')
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
  const answer = await post('/v1/redemptions', body)
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

if (location.pathname === '/shop/till') {
  addEventListener('online', () => void fetchKeys().then(send))
  void fetchKeys().then(send)
}
