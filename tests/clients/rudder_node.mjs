// The stock RudderStack client for Node.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { address, key, play, previous, unicode } from './plan.mjs'

const client = new RudderAnalytics(key, { dataPlaneUrl: address, flushAt: 20, logLevel: 'error' })

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
await client.flush()
