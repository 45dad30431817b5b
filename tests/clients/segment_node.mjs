// The stock Segment client for Node.
import { Analytics } from '@segment/analytics-node'
import { address, key, play, previous, unicode } from './plan.mjs'

const client = new Analytics({ host: address, writeKey: key, flushAt: 15, maxRetries: 3 })
const failures = []
client.on('error', (error) => failures.push(error))

const kinds = ['identify', 'track', 'page', 'screen', 'group', 'alias']
await play(kinds, (kind, userId, marker, number) => {
  switch (kind) {
    case 'identify':
      return client.identify({ userId, traits: { marker, name: unicode, age: number } })
    case 'track':
      return client.track({
        userId,
        anonymousId: `${userId}-cookie`,
        event: 'Product Viewed',
        properties: { marker, title: unicode, price: 12.5 },
        context: { ip: '203.0.113.7', campaign: { name: 'Spring', source: 'mail' } },
      })
    case 'page':
      return client.page({ userId, category: 'Shop', name: unicode, properties: { marker } })
    case 'screen':
      return client.screen({ userId, name: 'Basket', properties: { marker } })
    case 'group':
      return client.group({ userId, groupId: 'group-1', traits: { marker, plan: unicode } })
    case 'alias':
      return client.alias({ userId, previousId: previous(number), context: { marker } })
  }
})
await client.closeAndFlush({ timeout: 20_000 })
if (failures.length > 0) throw new Error(`not delivered: ${JSON.stringify(failures[0])}`)
