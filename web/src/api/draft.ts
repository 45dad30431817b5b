// The API's shapes as agreed, written by hand until docs/openapi.json exists.

type Json<T> = { content: { 'application/json': T } }
type None = Record<string, never>
type Get<Answer, Query = None, Path = None> = {
  parameters: { query?: Query; path?: Path }
  responses: { 200: Json<Answer> }
}
type Change<Body, Answer = undefined, Path = None, Query = None> = {
  parameters: { query?: Query; path?: Path }
  requestBody: Json<Body>
  responses: { 200: Json<Answer> }
}
type Page<T> = { items: T[]; next_cursor?: string | null }
type Paging = { limit?: number; cursor?: string }
type Instant = string

type Role = 'administrator' | 'marketer' | 'analyst' | 'agent' | 'viewer'
type Permission =
  | 'view_reports'
  | 'view_definitions'
  | 'view_customers'
  | 'edit_customers'
  | 'record_responses'
  | 'view_decisions'
  | 'view_messages'
  | 'edit_offers'
  | 'edit_policies'
  | 'edit_journeys'
  | 'publish'
  | 'view_data'
  | 'edit_data'
  | 'view_audit'
  | 'manage_users'
  | 'manage_keys'
  | 'manage_system'

type Account = {
  id: string
  email: string
  name: string
  role: Role
  disabled: boolean
  created_at: Instant
  updated_at: Instant
  signed_in_at?: Instant
}
type Session = {
  user: Account
  permissions: Permission[]
  csrf_token: string
  expires_at: Instant
}

type Channel = 'web' | 'email' | 'sms' | 'push' | 'call_center' | 'point_of_sale' | 'direct_mail'
type Purpose = 'marketing' | 'service'
type Identifier = { kind: string; value: string; since: Instant }
type Consent = {
  channel: Channel
  purpose: Purpose
  state: 'granted' | 'denied'
  source: string
  occurred_at: Instant
  expires_at?: Instant | null
  proof?: string | null
}

type CustomerRow = {
  customer_id: string
  name?: string | null
  email?: string | null
  identifiers: Identifier[]
  first_seen_at: Instant
  last_seen_at: Instant
}
type Member = { customer_id: string; merged_at?: Instant | null; reason?: string | null }
type Customer = CustomerRow & {
  attributes: Record<string, unknown>
  consents: Consent[]
  members: Member[]
  merged_into?: string | null
  language?: string | null
  zone?: string | null
}

type Side = 'ours' | 'theirs' | 'system'
type TimelineKind =
  | 'event'
  | 'identify'
  | 'contact'
  | 'response'
  | 'decision'
  | 'consent'
  | 'merge'
  | 'unmerge'
  | 'message'
type TimelineItem = {
  id: string
  seq: number
  occurred_at: Instant
  received_at: Instant
  side: Side
  kind: TimelineKind
  channel?: Channel | null
  title: string
  summary: string
  late: boolean
  source?: string | null
  body: Record<string, unknown>
}

type Creative = {
  channel?: Channel
  language?: string
  title?: string | null
  text?: string | null
  image_url?: string | null
  link_url?: string | null
}
type ChosenOffer = {
  offer: string
  version: number
  contact_id: string
  treatment_code: string
  priority: number
  creative: Creative
  attributes: Record<string, unknown>
  expires_at?: Instant | null
}
type PlacementAnswer = {
  placement: string
  offers: ChosenOffer[]
  fallback?: Creative | null
  reason: string
}
type Reason = { code: string; message: string; detail?: unknown }
type Proposal = {
  placement: string
  offer: string
  version: number
  state: 'chosen' | 'eligible' | 'rejected'
  rank?: number | null
  propensity: number
  context_weight: number
  value_cents: number
  lever: number
  priority: number
  reasons: Reason[]
  control_group: boolean
}
type Decision = {
  decision_id: string
  customer_id: string
  degradation: 'none' | 'cached_state' | 'anonymous' | 'fallback'
  placements: PlacementAnswer[]
  requested_at: Instant
  channel?: Channel | null
  proposals: Proposal[]
  policy_version?: number | null
  strategy?: string | null
  currency?: string | null
  context: Record<string, unknown>
}
type DecisionRow = {
  decision_id: string
  customer_id: string
  requested_at: Instant
  channel?: Channel | null
  degradation: Decision['degradation']
  placements: { placement: string; reason: string; offers: string[] }[]
}

type DefinitionState = 'draft' | 'published' | 'retired'
type Definition = {
  kind: string
  key: string
  version: number
  latest_version: number
  published_version?: number | null
  state: DefinitionState
  title: string
  body: Record<string, unknown>
  hash: string
  author: string
  note: string
  created_at: Instant
}
type FieldProblem = { path: string; message: string; hint?: string | null }
type DefinitionPath = { kind: string; key: string }

type Today = {
  as_of: Instant
  figures: {
    key: 'decisions' | 'contacts' | 'messages' | 'events' | 'responses' | 'orders'
    today: number
    same_weekday_last_week?: number | null
    by_hour: number[]
  }[]
  waiting: {
    kind:
      | 'failed_messages'
      | 'uncertain_messages'
      | 'quarantine'
      | 'expiring_offers'
      | 'drafts'
      | 'failed_imports'
    count: number
    path?: string | null
  }[]
  journeys: { key: string; title: string; running: number; finished_today: number }[]
  steps: {
    key: 'source' | 'events' | 'offer' | 'placement' | 'journey' | 'decision' | 'message'
    done: boolean
    path?: string | null
  }[]
}

export interface paths {
  '/api/setup': {
    get: Get<{ needed: boolean }>
    post: Change<{ name: string; email: string; password: string }, Session>
  }
  '/api/session': {
    get: Get<Session>
    post: Change<{ email: string; password: string }, Session>
    delete: Change<undefined>
  }
  '/api/today': { get: Get<Today> }
  '/api/customers': { get: Get<Page<CustomerRow>, Paging & { q?: string }> }
  '/api/customers/{customer_id}': { get: Get<Customer, None, { customer_id: string }> }
  '/api/customers/{customer_id}/timeline': {
    get: Get<
      Page<TimelineItem>,
      Paging & { side?: Side; kind?: TimelineKind; channel?: Channel; before?: Instant },
      { customer_id: string }
    >
  }
  '/api/customers/{customer_id}/consents': {
    post: Change<
      {
        channel: Channel
        purpose: Purpose
        state: Consent['state']
        source: string
        proof?: string
      },
      undefined,
      { customer_id: string }
    >
  }
  '/api/customers/{customer_id}/responses': {
    post: Change<
      {
        contact_id?: string
        offer?: string
        kind: 'accept' | 'reject' | 'custom'
        name?: string
        channel?: Channel
        note?: string
      },
      undefined,
      { customer_id: string }
    >
  }
  '/api/customers/{customer_id}/calls': {
    post: Change<{ direction: 'in' | 'out'; note: string }, undefined, { customer_id: string }>
  }
  '/api/customers/{customer_id}/offers': {
    get: Get<
      Decision,
      { placements?: string; channel?: Channel; language?: string },
      { customer_id: string }
    >
    post: Change<
      { channel: Channel; placements?: string[]; language?: string },
      Decision,
      { customer_id: string }
    >
  }
  '/api/customers/{customer_id}/merges': {
    post: Change<{ other_customer_id: string; reason?: string }, undefined, { customer_id: string }>
  }
  '/api/customers/{customer_id}/merges/{member_id}': {
    delete: Change<undefined, undefined, { customer_id: string; member_id: string }>
  }
  '/api/decisions': {
    get: Get<
      Page<DecisionRow>,
      Paging & { customer?: string; placement?: string; offer?: string; reason?: string }
    >
  }
  '/api/decisions/{decision_id}': { get: Get<Decision, None, { decision_id: string }> }
  '/v1/decisions': {
    post: Change<
      { customer: { customer_id: string }; placements: string[]; language?: string },
      Decision
    >
  }
  '/api/definitions': { get: Get<{ kind: string; edit: Permission }[]> }
  '/api/definitions/{kind}': {
    get: Get<Page<Definition>, Paging & { state?: DefinitionState }, { kind: string }>
  }
  '/api/definitions/{kind}/{key}': {
    get: Get<Definition, None, DefinitionPath>
    put: Change<
      { body: Record<string, unknown>; note?: string },
      Definition & { changed: boolean },
      DefinitionPath
    >
  }
  '/api/definitions/{kind}/{key}/check': {
    post: Change<
      { body: Record<string, unknown> },
      { valid: boolean; errors: FieldProblem[] },
      DefinitionPath
    >
  }
  '/api/definitions/{kind}/{key}/versions': { get: Get<Page<Definition>, Paging, DefinitionPath> }
  '/api/definitions/{kind}/{key}/versions/{version}': {
    get: Get<Definition, None, DefinitionPath & { version: number }>
  }
  '/api/definitions/{kind}/{key}/diff': {
    get: Get<
      { from: number; to: number; changes: { path: string; before?: unknown; after?: unknown }[] },
      { from?: number; to?: number },
      DefinitionPath
    >
  }
  '/api/definitions/{kind}/{key}/publish': {
    post: Change<{ version?: number }, Definition, DefinitionPath>
  }
  '/api/definitions/{kind}/{key}/retire': { post: Change<undefined, Definition, DefinitionPath> }
  '/api/definitions/{kind}/{key}/restore': {
    post: Change<{ version: number }, Definition, DefinitionPath>
  }
}
