// The stock PostHog client for Node.
import { PostHog } from 'posthog-node'
import { address, key, play, previous, unicode } from './plan.mjs'

const client = new PostHog(key, { host: address, flushAt: 20, flushInterval: 500 })
const failures = []
client.on('error', (error) => failures.push(error))

const kinds = ['identify', 'capture', 'pageview', 'screen', 'group', 'alias', 'immediate']
await play(kinds, (kind, distinctId, marker, number) => {
  switch (kind) {
    case 'identify':
      return client.identify({ distinctId, properties: { marker, name: unicode, age: number } })
    case 'capture':
      return client.capture({
        distinctId,
        event: 'Product Viewed',
        properties: { marker, title: unicode, price: 12.5 },
      })
    case 'pageview':
      return client.capture({
        distinctId,
        event: '$pageview',
        properties: { marker, $current_url: `https://shop.example/${number}` },
      })
    case 'screen':
      return client.capture({
        distinctId,
        event: '$screen',
        properties: { marker, $screen_name: 'Basket' },
      })
    case 'group':
      return client.groupIdentify({
        distinctId,
        groupType: 'company',
        groupKey: 'group-1',
        properties: { marker, plan: unicode },
      })
    case 'alias':
      return client.alias({ distinctId, alias: previous(number) })
    case 'immediate':
      return client.captureImmediate({
        distinctId,
        event: 'Order Completed',
        properties: { marker, total: 99 },
      })
  }
})
await client.shutdown(20_000)
if (failures.length > 0) throw failures[0]
