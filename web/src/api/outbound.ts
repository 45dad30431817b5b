// Templates, messages and the mailbox as their crate writes them, until docs/openapi.json has them.

type Json<T> = { content: { 'application/json': T } }
type Call<Answer, Query = object, Path = object> = {
  parameters: { query?: Query; path?: Path }
  responses: { 200: Json<Answer> }
}
type Post<Body, Answer, Path = object> = Call<Answer, object, Path> & { requestBody: Json<Body> }
type Page<T> = { items: T[]; next_cursor?: string | null }
type Paging = { limit?: number; cursor?: string }
type Flaw = { path: string; message: string; hint?: string | null }

type Rendered = {
  language: string
  subject: string
  preheader: string
  html: string
  text: string
}

type MessageState =
  | 'planned'
  | 'claimed'
  | 'handing'
  | 'accepted'
  | 'rejected'
  | 'uncertain'
  | 'suppressed'

type Message = {
  id: string
  customer_id: string
  customer_label: string
  state: MessageState
  reason?: string | null
  detail?: string | null
  channel: string
  purpose: string
  category?: string | null
  template: string
  template_version?: number | null
  offer?: string | null
  contact_id?: string | null
  decision_id?: string | null
  journey?: string | null
  instance_id?: string | null
  step?: string | null
  language?: string | null
  address?: string | null
  subject?: string | null
  provider_id?: string | null
  attempts: number
  due_at: string
  created_at: string
  updated_at: string
}

type FullMessage = Message & {
  history: { at: string; state: string; reason?: string | null; detail?: string | null }[]
  links: string[]
  data: unknown
  preview?: Rendered | null
  preview_problem?: Flaw | null
}

type Outbox = {
  state: 'running' | 'held' | 'paused'
  pause?: { since: string; reason: string; message_id: string } | null
  counts: { [state: string]: number }
}

type Letter = {
  id: string
  customer_id: string
  message_id: string
  recipient: string
  subject: string
  received_at: string
  read_at?: string | null
}

export interface paths {
  '/api/templates/preview': {
    post: Post<
      {
        template?: unknown
        key?: string
        customer_id?: string
        language?: string
        offer?: string
      },
      Rendered
    >
  }
  '/api/templates/{key}/fields': {
    get: Call<
      { language: string; fields: { path: string; line: number; required: boolean }[] }[],
      object,
      { key: string }
    >
  }
  '/api/messages': {
    get: Call<
      Page<Message>,
      Paging & { state?: MessageState; journey?: string; template?: string; customer_id?: string }
    >
  }
  '/api/messages/{id}': { get: Call<FullMessage, object, { id: string }> }
  '/api/messages/{id}/cancel': { post: Call<Message, object, { id: string }> }
  '/api/messages/{id}/resolve': {
    post: Post<{ outcome: 'sent' | 'not_sent' }, Message, { id: string }>
  }
  '/api/outbox': { get: Call<Outbox> }
  '/api/outbox/resume': { post: Call<Outbox> }
  '/api/mailbox': { get: Call<Page<Letter>, Paging & { customer_id?: string; unread?: boolean }> }
  '/api/mailbox/{id}': {
    get: Call<Letter & { html: string; text: string; raw: string }, object, { id: string }>
  }
  '/api/mailbox/{id}/read': { post: Call<undefined, object, { id: string }> }
}
