// Who is at the shop, and what was allowed.

const addressKey = 'shop_email'

export const address = () => localStorage.getItem(addressKey)

/** Customers of the demo's order history have their number as user id, others their address. */
export function identify(email, more = {}) {
  const address = email.trim().toLowerCase()
  const known = address.match(/^customer-(\d+)@example\.com$/)
  localStorage.setItem(addressKey, address)
  rapport.identify(known ? known[1] : address, {
    email: address,
    language: document.documentElement.lang.slice(0, 2),
    ...more,
  })
}

export function signOut() {
  localStorage.removeItem(addressKey)
  rapport.reset()
}

export function choose(consent) {
  localStorage.setItem('shop_consent', consent)
  document.documentElement.dataset.consent = consent
  rapport.consent({ analytics: consent !== 'none', marketing: consent === 'all' })
}

/** The snippet every site uses; the tag takes the queue over when it has arrived. */
export function startTag() {
  window.rapport = []
  for (const name of ['load', 'page', 'track', 'identify', 'consent', 'refresh', 'reset'])
    rapport[name] = (...all) => rapport.push([name, ...all])
  rapport.load(shopSettings.key, { consent: 'required' })
  const script = document.createElement('script')
  script.src = '/tag.js'
  document.head.append(script)
}
