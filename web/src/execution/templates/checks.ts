export type Check = {
  key: 'size' | 'alt' | 'unsubscribe' | 'languages'
  good: boolean
  count: number
}

/** Mail programs cut what is longer. */
const clipped = 102 * 1024

/** What can be seen of a written mail and its template without sending it. */
export function checks(html: string, marketing: boolean, languages: string[]): Check[] {
  const page = new DOMParser().parseFromString(html, 'text/html')
  const mute = [...page.querySelectorAll('img')].filter((one) => !one.hasAttribute('alt'))
  const links = [...page.querySelectorAll('a[href]')].map((one) => one.getAttribute('href') ?? '')
  const bytes = new TextEncoder().encode(html).length
  const wanted = ['en', 'zh'].filter(
    (language) => !languages.some((one) => one.slice(0, 2) === language),
  )
  return [
    { key: 'size', good: bytes <= clipped, count: Math.ceil(bytes / 1024) },
    { key: 'alt', good: mute.length === 0, count: mute.length },
    ...(marketing
      ? [
          {
            key: 'unsubscribe' as const,
            good: links.some((one) => /\/u\/|unsubscribe/.test(one)),
            count: 0,
          },
        ]
      : []),
    { key: 'languages', good: wanted.length === 0, count: wanted.length },
  ]
}
