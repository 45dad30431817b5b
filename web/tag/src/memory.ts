/** What the browser remembers between pages: only after consent, and forgotten with it. */

const prefix = 'rapport_'
const year_s = 31_536_000

export function recall(name: string): string | null {
  try {
    const cookie = document.cookie.match(`(?:^|; )${prefix}${name}=([^;]*)`)
    return cookie?.[1] ? decodeURIComponent(cookie[1]) : localStorage.getItem(prefix + name)
  } catch {
    return null // storage may be forbidden by the browser's settings
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(prefix + name)
    else localStorage.setItem(prefix + name, value)
  } catch {}
}

/** Keeps a value in a first-party cookie as well, for browsers that empty their storage. */
export function rememberInCookie(name: string, value: string | null): void {
  const rest = `; path=/; samesite=lax; max-age=${value === null ? 0 : year_s}`
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari lack the other way
  document.cookie = `${prefix}${name}=${encodeURIComponent(value ?? '')}${rest}`
  remember(name, value)
}

export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID()
  // Pages without HTTPS have no randomUUID.
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
