/** The circumstances of an event: page, campaign, click ids, language, time zone, screen. */

const campaignParts = ['source', 'medium', 'term', 'content']
const clickIds = ['gclid', 'gbraid', 'wbraid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id']

type Texts = Record<string, string>

let referrer: string | undefined
let address: string | undefined

/** The page as it is now; after a change of address the page before is the referrer. */
export function page(): Texts {
  if (address && address !== location.href) referrer = address
  address = location.href
  return {
    path: location.pathname,
    referrer: referrer ?? document.referrer,
    search: location.search,
    title: document.title,
    url: location.href,
  }
}

export function context(): Record<string, unknown> {
  const parameters = new URLSearchParams(location.search)
  const campaign: Texts = {}
  const name = parameters.get('utm_campaign')
  if (name) campaign.name = name
  for (const part of campaignParts) {
    const value = parameters.get(`utm_${part}`)
    if (value) campaign[part] = value
  }
  const clicks: Texts = {}
  for (const id of clickIds) {
    const value = parameters.get(id)
    if (value) clicks[id] = value
  }
  return {
    library: { name: 'rapport-tag', version: '0.1.0' },
    page: page(),
    campaign: filled(campaign),
    clickIds: filled(clicks),
    userAgent: navigator.userAgent,
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
  }
}

function filled(texts: Texts): Texts | undefined {
  return Object.keys(texts).length ? texts : undefined
}
