import type { Definition, Kind } from './definitions'

/** Where other kinds name a definition: the kind that names, and the member that holds the key. */
const mentions: Partial<Record<Kind, [Kind, string[]][]>> = {
  offer_template: [['offer', ['template']]],
  offer: [
    ['offer', ['related']],
    ['offer_list', ['offers']],
    ['cap', ['offers']],
  ],
  offer_list: [
    ['placement', ['lists']],
    ['offer', ['related_lists']],
  ],
  placement: [
    ['cap', ['placements']],
    ['strategy', ['placements']],
    ['journey', ['placement']],
    ['offer', ['placements']],
  ],
  segment: [
    ['offer', ['segment']],
    ['journey', ['segment', 'segments']],
    ['segment', ['segment']],
  ],
  template: [
    ['journey', ['template']],
    ['offer', ['template']],
  ],
}

export const namingKinds = (kind: Kind): Kind[] => [
  ...new Set((mentions[kind] ?? []).map(([naming]) => naming)),
]

function names(value: unknown, members: string[], key: string): boolean {
  if (Array.isArray(value)) return value.some((one) => names(one, members, key))
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([member, inner]) => {
    const held = Array.isArray(inner) ? inner : [inner]
    return (members.includes(member) && held.includes(key)) || names(inner, members, key)
  })
}

/** Whether a definition in use names another one; an offer's own template is no mail template. */
export function uses(naming: Definition, kind: Kind, key: string): boolean {
  if (!naming.published_version || naming.key === key) return false
  const found = (mentions[kind] ?? []).find(([one]) => one === naming.kind)
  if (!found) return false
  const [, members] = found
  const body = naming.body
  if (naming.kind !== 'offer' || !members.includes('template')) return names(body, members, key)
  const offer = (body ?? {}) as { template?: unknown; creatives?: unknown } // Looked at, not trusted.
  return kind === 'offer_template' ? offer.template === key : names(offer.creatives, members, key)
}
