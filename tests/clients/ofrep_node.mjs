// The stock OpenFeature provider for Node, unchanged: values, reasons, errors, both ways to sign in.
import assert from 'node:assert/strict'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { ErrorCode, OpenFeature } from '@openfeature/server-sdk'
import { address, key } from './plan.mjs'

async function client(domain, headers, baseUrl = address) {
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl, headers }))
  return OpenFeature.getClient(domain)
}

const bearer = await client('bearer', { Authorization: `Bearer ${key}` })
const header = await client('header', [['X-API-Key', key]])
const stranger = await client('stranger', { Authorization: 'Bearer rpk_wrong' })
const user = { targetingKey: 'flag-user', device: 'mobile' }

const first = await bearer.getObjectDetails('flag_banner', {}, user)
assert.equal(first.errorCode, undefined, first.errorMessage)
assert.equal(first.reason, 'TARGETING_MATCH')
assert.equal(first.variant, 'flag_sale')
assert.equal(first.value.title, '20 % off')
assert.deepEqual(first.value.attributes, { percent_off: 0.2 })
assert.equal(first.flagMetadata.degradation, 'none')
const again = await header.getObjectDetails('flag_banner', {}, user)
assert.equal(again.value.contact_id, first.value.contact_id)

const several = await bearer.getObjectValue('flag_side', {}, user)
assert.ok(Array.isArray(several.offers))
const nobody = await bearer.getObjectDetails('flag_banner', {}, { targetingKey: 'flag-nobody' })
assert.equal(nobody.flagMetadata.degradation, 'anonymous')

const fallback = { none: true }
const missing = await bearer.getObjectDetails('flag_nowhere', fallback, user)
assert.equal(missing.errorCode, ErrorCode.FLAG_NOT_FOUND)
assert.deepEqual(missing.value, fallback)
const unnamed = await bearer.getObjectDetails('flag_banner', fallback, {})
assert.equal(unnamed.errorCode, ErrorCode.TARGETING_KEY_MISSING)
const mismatch = await bearer.getBooleanDetails('flag_banner', false, user)
assert.equal(mismatch.errorCode, ErrorCode.TYPE_MISMATCH)
const refused = await stranger.getObjectDetails('flag_banner', fallback, user)
assert.equal(refused.errorCode, ErrorCode.GENERAL)

for (let number = 0; number < 50; number++) {
  const details = await bearer.getObjectDetails('flag_banner', {}, user)
  assert.equal(details.value.contact_id, first.value.contact_id)
}
console.log('values, reasons, metadata and errors are as the provider expects; 50 repeats, one contact')
