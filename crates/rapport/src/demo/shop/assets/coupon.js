// Coupons verified without asking anybody: who signed, until when, for whom. See docs/guides/coupons.md.

export const isCoupon = (code) => code.startsWith('RPC1.')

function bytes(part) {
  const signs = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(signs, (sign) => sign.charCodeAt(0))
}

const utf8 = new TextEncoder()

async function signed(text, signature, key) {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.key }
  const known = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', known, bytes(signature), utf8.encode(text))
}

/** Who may use it, as the coupon says it without saying who that is. */
async function holder(serial, user) {
  const digest = await crypto.subtle.digest('SHA-512', utf8.encode(`${serial}:${user}`))
  const first = new Uint8Array(digest).slice(0, 8)
  return [...first].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a coupon says as `coupon`, or as `reason` the text that says why it is not taken. */
export async function verify(code, keys, user) {
  // Browsers verify only on pages that came over a safe connection, or from this machine.
  if (!crypto.subtle) return { reason: 'needsConnection' }
  const [prefix, payload = '', signature = ''] = code.split('.')
  let coupon
  try {
    coupon = JSON.parse(new TextDecoder().decode(bytes(payload)))
    const key = keys.find((one) => one.id === coupon.k)
    if (!key) return { reason: 'couponKey' }
    if (!(await signed(`${prefix}.${payload}`, signature, key))) return { reason: 'couponWrong' }
  } catch {
    return { reason: 'couponWrong' }
  }
  if (Date.now() >= coupon.e * 1000) return { reason: 'codeEnded' }
  if (coupon.h && !user) return { reason: 'customerMissing' }
  if (coupon.h && coupon.h !== (await holder(coupon.n, user))) return { reason: 'customerOther' }
  return { coupon }
}
