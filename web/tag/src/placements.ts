/** Fills the page's placements with offers and reports what was seen and clicked. */

import { context } from './context'
import { flush, post } from './delivery'

type Creative = { title?: string; text?: string; image_url?: string; link_url?: string }
type Offer = { offer: string; contact_id: string | null; creative: Creative | null }
type Filled = { placement: string; offers: Offer[]; fallback: Creative | null }

const patience_ms = 300
const seen_ms = 1000
let round = 0

/** One request for all placements of the page. Whatever fails, the page's own content stays. */
export async function decide(customer: Record<string, string>): Promise<void> {
  const boxes = [...document.querySelectorAll<HTMLElement>('[data-rapport-placement]')]
  if (!boxes.length) return
  const mine = ++round
  // The decision should know what the visitor just did, but not wait long for it.
  await Promise.race([flush(), new Promise((resume) => setTimeout(resume, patience_ms))])
  const names = boxes.map(nameOf)
  const placements = [...new Set(names)]
  const count = Math.max(...placements.map((one) => names.filter((name) => name === one).length))
  let filled: Filled[] = []
  try {
    const language = document.documentElement.lang.slice(0, 2) || undefined
    const asked = { customer, placements, count, language, context: context() }
    const answer = await post('/v1/decisions', asked)
    if (answer.ok) filled = (await answer.json()).placements ?? []
  } catch {}
  if (mine !== round) return // a later refresh has taken over
  for (const box of boxes) {
    const found = filled.find((one) => one.placement === nameOf(box))
    const offer = found?.offers?.shift()
    const creative = offer?.creative ?? found?.fallback
    if (creative) show(box, creative)
    box.dataset.rapportState = offer ? 'offer' : 'fallback'
    if (offer?.contact_id) watch(box, offer.contact_id, customer.anonymous_id)
  }
}

function nameOf(box: HTMLElement): string {
  return box.dataset.rapportPlacement ?? ''
}

/** Only text and checked addresses reach the page; the box keeps the size it reserved. */
function show(box: HTMLElement, creative: Creative): void {
  const reserved = box.offsetHeight
  const link = safe(creative.link_url)
  const card = document.createElement(link ? 'a' : 'div')
  card.className = 'rapport-offer'
  if (link) card.setAttribute('href', link)
  const image = safe(creative.image_url)
  if (image) {
    const picture = document.createElement('img')
    picture.src = image
    picture.alt = ''
    card.append(picture)
  }
  for (const part of ['title', 'text'] as const) {
    const text = creative[part]
    if (!text) continue
    const line = document.createElement(part === 'title' ? 'strong' : 'span')
    line.className = `rapport-${part}`
    line.textContent = text
    card.append(line)
  }
  box.replaceChildren(card)
  if (reserved && box.offsetHeight !== reserved) {
    box.style.height = `${reserved}px`
    box.style.overflow = 'auto'
    addEventListener('resize', () => box.style.removeProperty('height'), { once: true })
  }
}

function safe(address: string | undefined): string | undefined {
  try {
    const url = new URL(address || 'about:blank', location.href)
    return /^https?:$/.test(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}

/** A view is half of the box for a second; each contact is reported once. */
function watch(box: HTMLElement, contact_id: string, anonymous_id: string | undefined): void {
  const respond = (kind: string) =>
    void post('/v1/responses', { contact_id, anonymous_id, kind }).catch(() => {})
  box.firstElementChild?.addEventListener('click', () => respond('click'), { once: true })
  let timer: ReturnType<typeof setTimeout>
  const observer = new IntersectionObserver(
    (entries) => {
      clearTimeout(timer)
      if (!box.isConnected || !entries.at(-1)?.isIntersecting) return
      timer = setTimeout(() => {
        observer.disconnect()
        respond('view')
      }, seen_ms)
    },
    { threshold: 0.5 },
  )
  if (box.firstElementChild) observer.observe(box.firstElementChild)
}
