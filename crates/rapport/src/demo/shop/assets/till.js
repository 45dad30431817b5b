// A till: it asks Rapport whether a code or coupon may be taken, once.

import { address } from './customer.js'
import { money, text } from './texts.js'

const $ = (selector) => document.querySelector(selector)

async function ask(entered) {
  const user_id = entered.get('user').trim()
  const body = {
    redemption_id: `till-1/${crypto.getRandomValues(new Uint32Array(2)).join('')}`,
    code: entered.get('code').trim(),
    till: 'till-1',
    value_cents: Math.round(Number(entered.get('value')) * 100),
    currency: 'GBP',
    ...(user_id && { user_id }),
  }
  const answer = await fetch('/v1/redemptions', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${shopSettings.till_key}`,
    },
    body: JSON.stringify(body),
  })
  return { good: answer.ok, said: await answer.json() }
}

/** What the assistant reads: taken, or why not. */
function inWords({ good, said }) {
  if (good) return `${text('taken')} ${said.offer}`
  const reasons = {
    already_redeemed: 'alreadyRedeemed',
    code_ended: 'codeEnded',
    offer_recalled: 'offerRecalled',
    not_found: 'codeUnknown',
  }
  const reason = reasons[said.code]
  return reason ? text(reason) : (said.errors?.[0]?.message ?? said.detail ?? said.title)
}

export function till() {
  const known = address()?.match(/^customer-(\d+)@example\.com$/)
  const form = $('#till')
  if (!form.user.value) form.user.value = known?.[1] ?? address() ?? ''
  form.onsubmit = async (event) => {
    event.preventDefault()
    const entered = new FormData(form)
    const answer = await ask(entered)
    const value = Number(entered.get('value')) * 100
    $('#redeemed').textContent = answer.good
      ? `${inWords(answer)} · ${money(value)}`
      : inWords(answer)
  }
}
