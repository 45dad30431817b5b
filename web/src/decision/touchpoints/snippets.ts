/** What to paste where; `KEY` stands for an API key with the scope `decide`. */
export const topics = ['session', 'batch', 'stateless', 'node', 'python', 'flags'] as const
export type Topic = (typeof topics)[number]

export type Setting = {
  address: string
  placement: string
  channel: string
  /** What each step of a session is for, in the language of the screen. */
  comments: Record<'begin' | 'offers' | 'response' | 'end', string>
}

/** On one line while that is short. */
const json = (body: object) => {
  const line = JSON.stringify(body)
  return line.length > 90 ? JSON.stringify(body, null, 2) : line
}

const curl = (method: string, address: string, path: string, body?: object) => {
  const data = body ? ` \\\n  -d '${json(body)}'` : ''
  const verb = method === 'POST' ? '' : ` -X ${method}`
  return `curl -s${verb} ${address}${path} \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json"${data}`
}

export function snippetOf(topic: Topic, setting: Setting): string {
  const { address, placement, channel, comments } = setting
  const customer = { user_id: '4711' }
  switch (topic) {
    case 'session':
      return [
        `# 1. ${comments.begin}`,
        `SESSION=$(${curl('POST', address, '/v1/sessions', {
          customer,
          channel,
          context: { skill: 'sales' },
        })} | jq -r .session_id)`,
        `# 2. ${comments.offers}`,
        curl('POST', address, '/v1/sessions/$SESSION/offers', { placements: [placement] }),
        `# 3. ${comments.response}`,
        curl('POST', address, '/v1/sessions/$SESSION/responses', {
          contact_id: 'CONTACT',
          kind: 'accept',
          message_id: 'call-81-1',
        }),
        `# 4. ${comments.end}`,
        curl('DELETE', address, '/v1/sessions/$SESSION'),
      ].join('\n\n')
    case 'batch':
      return curl('POST', address, '/v1/sessions/batch', {
        commands: [
          { command: 'start', customer, channel, request_id: 'kiosk-7-1' },
          { command: 'event', event: 'Card Read', message_id: 'kiosk-7-1-card' },
          { command: 'offers', placements: [placement] },
        ],
      })
    case 'stateless':
      return curl('POST', address, '/v1/decisions', {
        customer,
        placements: [placement],
        context: { device: 'mobile' },
        deadline_ms: 100,
      })
    case 'node':
      return `// npm install @openfeature/server-sdk @openfeature/ofrep-provider
import { OpenFeature } from '@openfeature/server-sdk'
import { OFREPProvider } from '@openfeature/ofrep-provider'

await OpenFeature.setProviderAndWait(new OFREPProvider({
  baseUrl: '${address}',
  headers: { Authorization: \`Bearer \${process.env.KEY}\` },
}))
const client = OpenFeature.getClient()
const offer = await client.getObjectValue('${placement}', {}, { targetingKey: '4711' })`
    case 'python':
      return `# pip install openfeature-provider-ofrep
import os
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(OFREPProvider(
    "${address}",
    headers_factory=lambda: {"Authorization": f"Bearer {os.environ['KEY']}"},
))
client = api.get_client()
offer = client.get_object_value("${placement}", {}, EvaluationContext("4711"))`
    case 'flags':
      return curl('POST', address, '/ofrep/v1/evaluate/flags', {
        context: { targetingKey: '4711', channel },
      })
  }
}
