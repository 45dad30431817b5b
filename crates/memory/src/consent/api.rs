//! Consent over HTTP.

use axum::extract::State;
use gate::key::{Holder, Scope};
use gate::problem::FieldProblem;
use gate::{
    Created, Json, Key, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result,
    User,
};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Consent, ConsentState};
use crate::CustomerId;
use crate::api::{MemoryState, source_of};
use crate::customer::view::{ConsentView, consent_view};
use crate::event::prepare;
use crate::event::wire::{Form, Item, parse_item};
use crate::identity::{CustomerReference, IdentifierKind};
use crate::interaction::api::channel_problem;
use crate::log::{Command, Entry, NewRow, Verdict, db as log_db};

/// Longest word of a purpose or source, and longest proof, in characters.
const WORD_LIMIT_CHARS: usize = 100;
const PROOF_LIMIT_CHARS: usize = 2_000;

/// Routes of consent.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(tell))
        .routes(routes!(list, record))
}

/// What a customer allows or forbids.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsent {
    /// Channel.
    #[schema(example = "email")]
    channel: String,
    /// Purpose: `marketing`, `service`, or the company's own word.
    #[schema(example = "marketing")]
    purpose: String,
    /// Yes or no.
    state: ConsentState,
    /// Where it was said.
    #[schema(example = "checkout")]
    source: String,
    /// What proves it: the text shown, a document number.
    proof: Option<String>,
    /// When it was said; now unless given.
    occurred_at: Option<Timestamp>,
    /// When a yes runs out.
    expires_at: Option<Timestamp>,
}

/// The same, from a program that names the customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToldConsent {
    /// Whose.
    customer: CustomerReference,
    /// Channel.
    #[schema(example = "email")]
    channel: String,
    /// Purpose: `marketing`, `service`, or the company's own word.
    #[schema(example = "marketing")]
    purpose: String,
    /// Yes or no.
    state: ConsentState,
    /// Where it was said.
    #[schema(example = "checkout")]
    source: String,
    /// What proves it: the text shown, a document number.
    proof: Option<String>,
    /// When it was said; now unless given.
    occurred_at: Option<Timestamp>,
    /// When a yes runs out.
    expires_at: Option<Timestamp>,
}

/// A statement that stands in the log.
#[derive(Debug, Serialize, ToSchema)]
struct StatedConsent {
    /// Whose.
    customer_id: CustomerId,
    /// The statement.
    #[serde(flatten)]
    consent: ConsentView,
}

/// A statement of the past or the standing one.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentRecord {
    /// The statement.
    #[serde(flatten)]
    consent: ConsentView,
    /// Whether it is the one that counts now for its channel and purpose.
    standing: bool,
    /// When we were told.
    received_at: Timestamp,
}

impl NewConsent {
    fn problems(&self) -> Vec<FieldProblem> {
        let mut problems: Vec<FieldProblem> =
            channel_problem(Some(&self.channel)).into_iter().collect();
        let texts = [
            ("/purpose", Some(&self.purpose), WORD_LIMIT_CHARS),
            ("/source", Some(&self.source), WORD_LIMIT_CHARS),
            ("/proof", self.proof.as_ref(), PROOF_LIMIT_CHARS),
        ];
        for (path, text, limit) in texts {
            let length = text.map_or(1, |text| text.trim().chars().count());
            if length == 0 || length > limit {
                problems.push(FieldProblem::new(
                    path,
                    format!("this has 1 to {limit} characters"),
                ));
            }
        }
        problems
    }

    fn consent(self, now: Timestamp) -> Consent {
        Consent {
            channel: self.channel,
            purpose: self.purpose,
            state: self.state,
            source: self.source,
            // Nobody says yes tomorrow: a wrong clock must not outlast the next no.
            at: self.occurred_at.map_or(now, |at| at.min(now)),
            expires_at: self.expires_at,
            proof: self.proof,
        }
    }
}

async fn state_consent(
    state: &MemoryState,
    customer: CustomerId,
    consent: Consent,
    source_id: i64,
) -> Result<StatedConsent> {
    let row = NewRow {
        occurred_at: consent.at,
        source_id,
        message: None,
        entry: Entry::Consent(consent.clone()),
    };
    let command = Command {
        customer,
        rows: vec![row],
        expect: None,
    };
    let appended = state.memory.append(command).await?;
    let consent = consent_view(&consent, state.memory.db().now());
    Ok(StatedConsent {
        customer_id: appended.customer_id,
        consent,
    })
}

/// The customer of a browser or device whose consent comes before its first event, as that of a
/// visitor who answers and leaves at once: a refusal must not be lost. Nobody else is made known
/// here, because a mistyped number would become a customer.
async fn newcomer(
    state: &MemoryState,
    customer: &CustomerReference,
    source_id: i64,
) -> Result<CustomerId> {
    let unknown =
        || Problem::not_found("we do not know this customer").hint("send an identify call first");
    let Some(anonymous_id) = &customer.anonymous_id else {
        return Err(unknown());
    };
    let said = serde_json::json!({"type": "identify", "anonymousId": anonymous_id});
    let event = match parse_item(Form::Batch, &said.to_string()) {
        Item::Event(event) => event,
        Item::Rejected(rejected) => {
            let problem = FieldProblem::new("/customer/anonymous_id", rejected.message);
            return Err(Problem::invalid(vec![problem]));
        }
    };
    let db = state.memory.db();
    let incoming = prepare(event, source_id, db.now(), db.random()).map_err(|_nobody| unknown())?;
    match state.memory.ingest(vec![incoming]).await?.first() {
        Some(Verdict::Accepted { customer_id, .. }) => Ok(*customer_id),
        Some(Verdict::Duplicate | Verdict::Conflicting { .. }) | None => Err(unknown()),
    }
}

/// Tell what a customer allows or forbids. With the key of a page only for the browser or device
/// that it is, by its anonymous id. A browser or device that is not known yet becomes so.
#[utoipa::path(post, path = "/v1/consents", tag = "consent", request_body = ToldConsent,
    extensions(("x-scope" = json!("ingest page"))),
    responses((status = 200, body = StatedConsent), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn tell(
    key: Key,
    State(state): State<MemoryState>,
    Json(told): Json<ToldConsent>,
) -> Result<Json<StatedConsent>> {
    let holder = key.require_or_page(Scope::Ingest)?;
    let ToldConsent {
        customer,
        channel,
        purpose,
        state: said,
        source,
        ..
    } = told;
    let (proof, occurred_at, expires_at) = (told.proof, told.occurred_at, told.expires_at);
    let new = NewConsent {
        channel,
        purpose,
        state: said,
        source,
        proof,
        occurred_at,
        expires_at,
    };
    let mut problems = new.problems();
    if customer.nobody() {
        let problem = FieldProblem::new("/customer", "say whose consent it is");
        problems.push(problem.hint("give customer_id, user_id, anonymous_id, email or phone"));
    }
    if holder == Holder::Page {
        problems.extend(customer.beyond_page(&[IdentifierKind::AnonymousId]));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let source_id = source_of(&key);
    let whose = match state.memory.refer(&customer).await? {
        Some(known) => known.id,
        None => newcomer(&state, &customer, source_id).await?,
    };
    let consent = new.consent(state.memory.db().now());
    Ok(Json(
        state_consent(&state, whose, consent, source_id).await?,
    ))
}

/// Record what a customer said about being contacted.
#[utoipa::path(post, path = "/api/customers/{customer_id}/consents", tag = "consent",
    params(("customer_id" = CustomerId, Path)), request_body = NewConsent,
    extensions(("x-permission" = json!("record_responses"))),
    responses((status = 201, body = StatedConsent), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn record(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Json(new): Json<NewConsent>,
) -> Result<Created<StatedConsent>> {
    user.require(Permission::RecordResponses)?;
    let problems = new.problems();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let customer = state.customer(id).await?;
    let consent = new.consent(state.memory.db().now());
    Ok(Created(
        state_consent(&state, customer.id, consent, 0).await?,
    ))
}

/// Everything a customer ever said about being contacted, newest first.
#[utoipa::path(get, path = "/api/customers/{customer_id}/consents", tag = "consent",
    params(("customer_id" = CustomerId, Path), PageQuery),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<ConsentRecord>), (status = 404, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ConsentRecord>>> {
    user.require(Permission::ViewCustomers)?;
    let customer = state.customer(id).await?;
    let leaves: Vec<CustomerId> = customer
        .state
        .members
        .iter()
        .copied()
        .chain([customer.id])
        .collect();
    let before = page.after()?.unwrap_or(u64::MAX);
    let db = state.memory.db();
    let rows = log_db::consents(db, &leaves, before, page.limit() + 1).await?;
    let rows = Page::of(rows, page.limit(), |row| row.seq);
    let now = db.now();
    let mut items = Vec::with_capacity(rows.items.len());
    for row in rows.items {
        if let Entry::Consent(consent) = &row.entry {
            items.push(ConsentRecord {
                consent: consent_view(consent, now),
                standing: customer.state.consents.contains(consent),
                received_at: row.received_at,
            });
        }
    }
    Ok(Json(Page {
        items,
        next_cursor: rows.next_cursor,
    }))
}
