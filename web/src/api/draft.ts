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

type Identifier = {
  kind: 'user_id' | 'anonymous_id' | 'email' | 'phone' | 'loyalty_card'
  value: string
  since: Instant
}
type ConsentState = 'granted' | 'denied'
type Consent = {
  channel: string
  purpose: string
  state: ConsentState
  allows: boolean
  source: string
  occurred_at: Instant
  expires_at?: Instant
  proof?: string
}
type Obstacle = 'address_missing' | 'consent_missing' | 'consent_denied' | 'consent_expired'
type Reach = { channel: string; reachable: boolean; obstacles: Obstacle[] }
type CustomerRow = {
  customer_id: string
  label: string
  name?: string
  email?: string
  standing: 'anonymous' | 'known'
  identifiers: Identifier[]
  first_seen_at?: Instant
  last_seen_at?: Instant
}
type Member = { customer_id: string; merged_at?: Instant; reason?: string }
type Attribute = {
  key: string
  value?: unknown
  kind: 'text' | 'number' | 'boolean' | 'instant' | 'list'
  description?: string
  personal: boolean
  masked: boolean
  stated_at: Instant
}
type Customer = CustomerRow & {
  merged_into?: string
  members: Member[]
  attributes: Attribute[]
  consents: Consent[]
  reachable: Reach[]
  counts: { rows: number; contacts: number; responses: number }
  zone?: string
  language?: string
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
type TimelineItem = {
  id: string
  seq: number
  occurred_at: Instant
  received_at: Instant
  side: Side
  kind: TimelineKind
  channel?: string
  title: string
  summary: string
  late: boolean
  source: string
  body: Record<string, unknown>
}

type Channel = 'web' | 'email' | 'sms' | 'push' | 'call_center' | 'point_of_sale' | 'direct_mail'
type Creative = {
  channel: Channel
  language: string
  title: string
  text: string
  image_url?: string
  link_url?: string
  template?: string
}
type ChosenOffer = {
  offer: string
  version: number
  contact_id?: string | null
  treatment_code?: string | null
  priority: number
  creative: Creative
  attributes: Record<string, unknown>
  expires_at?: Instant | null
}
type AnswerReason =
  | 'offer'
  | 'control_group'
  | 'nothing_eligible'
  | 'policy'
  | 'duplicate'
  | 'contended'
  | 'timeout'
  | 'unavailable'
  | 'unknown_placement'
type PlacementAnswer = {
  placement: string
  offers: ChosenOffer[]
  fallback?: { title: string; text: string; link_url?: string; image_url?: string } | null
  reason: AnswerReason
}
type Reason = { code: string; message: string; detail?: Record<string, unknown> | null }
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
type Funnel = {
  considered: number
  fits: number
  eligible: number
  allowed: number
  policy: number
  chosen: number
}
type Degradation = 'none' | 'cached_state' | 'anonymous' | 'fallback'
type Decision = {
  decision_id?: string | null
  customer_id?: string | null
  degradation: Degradation
  placements: PlacementAnswer[]
  requested_at: Instant
  channel?: Channel | null
  language?: string | null
  proposals: Proposal[]
  funnel: Funnel
  policy_version?: number | null
  policies: string[]
  strategy?: string | null
  formula: string
  currency?: string | null
  context: Record<string, unknown>
}
type DecisionRow = {
  decision_id: string
  customer_id: string
  requested_at: Instant
  channel?: Channel | null
  degradation: Degradation
  placements: { placement: string; reason: AnswerReason; offers: string[] }[]
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
  since: Instant
  figures: {
    key: 'decisions' | 'contacts' | 'events' | 'responses' | 'orders'
    today: number
    same_weekday_last_week: number
    by_hour: number[]
  }[]
  waiting: {
    kind: 'uncertain_messages' | 'failed_messages' | 'quarantine' | 'expiring_offers' | 'drafts'
    count: number
  }[]
  journeys: { key: string; title: string; running: number; done: number; cancelled: number }[]
  steps: {
    key: 'events' | 'offer' | 'placement' | 'journey' | 'decision' | 'message'
    done: boolean
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
  '/api/today': { get: Get<Today, { since?: Instant }> }
  '/api/customers': { get: Get<Page<CustomerRow>, Paging & { q?: string }> }
  '/api/customers/{customer_id}': { get: Get<Customer, None, { customer_id: string }> }
  '/api/customers/{customer_id}/timeline': {
    get: Get<
      Page<TimelineItem>,
      Paging & { side?: Side; kind?: string; channel?: string; from?: Instant; before?: Instant },
      { customer_id: string }
    >
  }
  '/api/customers/{customer_id}/consents': {
    post: Change<
      {
        channel: string
        purpose: string
        state: ConsentState
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
        kind: 'view' | 'click' | 'accept' | 'reject' | 'ignored' | 'custom'
        name?: string
        channel?: string
        value_cents?: number
        currency?: string
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
  '/api/criteria/check': {
    post: Change<
      { text: string } | { criteria: unknown },
      {
        criteria?: unknown
        text?: string
        text_zh?: string
        problems: {
          line?: number
          column?: number
          length?: number
          path?: string
          message: string
          hint?: string | null
        }[]
        notices: FieldProblem[]
      }
    >
  }
}
