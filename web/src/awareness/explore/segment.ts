import { csrfHeader } from '../../api/client'
import { Problem } from '../../api/problem'
import type { call } from '../../api/query'

export type Segment = { key: string; draft: boolean }

/** A key made of a name: letters, digits and underscores. */
export function keyOf(name: string): string {
  const plain = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  if (!plain) return name.trim() ? `segment_${hash(name)}` : ''
  return (/^[a-z]/.test(plain) ? plain : `s_${plain}`).slice(0, 56)
}

function hash(text: string): string {
  let number = 5381
  for (const letter of text) number = (number * 33 + (letter.codePointAt(0) ?? 0)) % 0x7fffffff
  return number.toString(36)
}

/** A draft segment with the rule; or, where no rule says it, a snapshot of the customers. */
export async function makeSegment({
  name,
  rule,
  ids,
  call: send,
}: {
  name: string
  rule: unknown
  ids: () => Promise<string>
  call: typeof call
}): Promise<Segment> {
  const key = `${keyOf(name)}_${hash(`${name} ${Date.now()}`)}`.slice(0, 64)
  const path = { kind: 'segment', key }
  if (rule) {
    const body = { name: { en: name }, criteria: rule }
    await send('put', '/api/definitions/{kind}/{key}', { path, body: { body, note: '' } })
    return { key, draft: true }
  }
  const body = { name: { en: name }, membership: 'static' }
  const text = await ids()
  await send('put', '/api/definitions/{kind}/{key}', { path, body: { body, note: '' } })
  await send('post', '/api/definitions/{kind}/{key}/publish', { path, body: {} })
  await post(`/api/segments/${key}/members`, { text })
  return { key, draft: false }
}

/** A call whose answer is plain text. */
export async function post(address: string, body: unknown): Promise<string> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...csrfHeader() },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw Problem.of(error)
  })
  if (!response.ok) throw await Problem.from(response)
  return response.text()
}
