export const snippets = [
  'tag',
  'segment_node',
  'segment_python',
  'rudderstack',
  'posthog',
  'curl',
  'command',
] as const

export type Snippet = (typeof snippets)[number]

/** Stands where the reader puts the secret of an older key, which is kept as a hash only. */
const keyHere = 'YOUR_KEY'
/** Stands for the id of the source. */
const sourceHere = 'YOUR_SOURCE'

const texts: Record<Snippet, (address: string) => string> = {
  tag: (address) => `<script>
  window.rapport = []
  for (const name of ['load', 'page', 'track', 'identify', 'consent', 'refresh', 'reset'])
    rapport[name] = (...all) => rapport.push([name, ...all])
  rapport.load('${keyHere}', { consent: 'required' })
</script>
<script async src="${address}/tag.js"></script>

<!-- when the visitor agrees: -->
<script>rapport.consent({ analytics: true, marketing: true })</script>
<!-- where an offer may appear: -->
<div data-rapport-placement="home_banner"></div>`,
  segment_node: (address) => `import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ host: '${address}', writeKey: '${keyHere}' })

analytics.track({
  userId: '12340',
  event: 'Order Completed',
  properties: { order_id: '536365', total: 20.34, currency: 'GBP' },
})
await analytics.closeAndFlush()`,
  segment_python: (address) => `import segment.analytics as analytics

analytics.host = "${address}"
analytics.write_key = "${keyHere}"

analytics.track("12340", "Order Completed", {"order_id": "536365", "total": 20.34, "currency": "GBP"})
analytics.flush()`,
  rudderstack: (address) => `import RudderAnalytics from '@rudderstack/rudder-sdk-node'

const rudder = new RudderAnalytics('${keyHere}', { dataPlaneUrl: '${address}' })

rudder.track({
  userId: '12340',
  event: 'Order Completed',
  properties: { order_id: '536365', total: 20.34, currency: 'GBP' },
})
rudder.flush()`,
  posthog: (address) => `import { PostHog } from 'posthog-node'

const posthog = new PostHog('${keyHere}', { host: '${address}' })

posthog.capture({
  distinctId: '12340',
  event: 'Order Completed',
  properties: { order_id: '536365', total: 20.34, currency: 'GBP' },
})
await posthog.shutdown()`,
  curl: (address) => `curl ${address}/v1/track \\
  --user ${keyHere}: \\
  --header 'Content-Type: application/json' \\
  --data '{"userId": "12340", "event": "Product Viewed", "properties": {"product_id": "85123A"}}'`,
  command: () => `rapport import orders.csv --source ${sourceHere}`,
}

export type Setting = { address: string; source: string; secret: string | null }

/** The text to paste; a secret that was just issued is filled in. */
export function snippetOf(snippet: Snippet, { address, source, secret }: Setting): string {
  const text = texts[snippet](address).replaceAll(sourceHere, source)
  return text.replaceAll(keyHere, secret ?? keyHere)
}
