//! Responses and calls over HTTP.

use axum::extract::State;
use gate::key::{Holder, Scope};
use gate::problem::FieldProblem;
use gate::{Created, Json, Key, Path, Permission, Problem, ProblemDocument, Result, User};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::direct::{Answered, Said, treatment_contact};
use super::reaction::{Reaction, in_the_future};
use super::{ContactId, Response, ResponseKind};
use crate::CustomerId;
use crate::api::{MemoryState, source_of};
use crate::customer::reach;
use crate::event::wire::EventKind;
use crate::log::{Entry, EventBody};
use crate::timeline::CALL;

/// Longest note, in bytes.
const NOTE_LIMIT_BYTES: usize = 4_000;

/// Routes of responses.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(respond))
        .routes(routes!(record))
        .routes(routes!(call))
}

/// A reaction of a customer to a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewResponse {
    /// The contact, as the decision answered it.
    contact_id: Option<ContactId>,
    /// Or its treatment code, as it stood in a link or on a coupon.
    treatment_code: Option<String>,
    /// The browser or device that answers: the contact must be with its customer. The key of a
    /// page must say it, because contacts have numbers that can be guessed.
    anonymous_id: Option<String>,
    /// How the customer reacted.
    kind: ResponseKind,
    /// The company's own name of a custom reaction.
    name: Option<String>,
    /// What it was worth, in cents.
    value_cents: Option<i64>,
    /// Currency of the value.
    #[schema(example = "GBP")]
    currency: Option<String>,
    /// When; now unless given. A clock may be five minutes ahead of ours.
    occurred_at: Option<Timestamp>,
    /// The caller's id of this statement, so that a repetition counts once.
    message_id: Option<String>,
}

/// The contact that a response names, by its id or by its code.
pub fn answered_contact(
    id: Option<ContactId>,
    code: Option<&str>,
    problems: &mut Vec<FieldProblem>,
) -> Option<ContactId> {
    match (id, code) {
        (Some(id), None) => Some(id),
        (None, Some(code)) => treatment_contact(code),
        (None, None) | (Some(_), Some(_)) => {
            let problem = FieldProblem::new("/contact_id", "say which contact is answered");
            problems.push(problem.hint("give either contact_id or treatment_code"));
            None
        }
    }
}

/// Tell how a customer reacted to a contact.
#[utoipa::path(post, path = "/v1/responses", tag = "interaction", request_body = NewResponse,
    extensions(("x-scope" = json!("ingest decide page"))),
    responses((status = 200, body = Answered), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn respond(
    key: Key,
    State(state): State<MemoryState>,
    Json(new): Json<NewResponse>,
) -> Result<Json<Answered>> {
    let holder = match key.scopes.contains(&Scope::Ingest) {
        true => Holder::Program,
        false => key.require_or_page(Scope::Decide)?,
    };
    let mut problems = Reaction {
        kind: new.kind,
        name: new.name.as_deref(),
        value_cents: new.value_cents,
        currency: new.currency.as_deref(),
        message_id: new.message_id.as_deref(),
    }
    .problems();
    let now = state.memory.db().now();
    problems.extend(new.occurred_at.and_then(|at| in_the_future(at, now)));
    let code = new.treatment_code.as_deref();
    let contact_id = answered_contact(new.contact_id, code, &mut problems);
    if holder == Holder::Page && new.anonymous_id.is_none() {
        let problem = FieldProblem::new("/anonymous_id", "say which browser or device answers");
        problems.push(problem.hint("send the anonymous_id with which the decision was asked for"));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let unknown = || {
        Problem::not_found("there is no such contact")
            .hint("send contact_id or treatment_code as the decision answered it")
    };
    let contact_id = contact_id.ok_or_else(unknown)?;
    let made = state
        .memory
        .contact(contact_id)
        .await?
        .ok_or_else(unknown)?;
    if let Some(anonymous_id) = &new.anonymous_id
        && !state.memory.is_with(&made, anonymous_id).await?
    {
        return Err(unknown());
    }
    let said = Said {
        kind: new.kind,
        name: new.name,
        value_cents: new.value_cents,
        currency: new.currency,
        note: None,
        occurred_at: new.occurred_at.map_or(now, |at| at.min(now)),
        message_id: new.message_id,
        source_id: source_of(&key),
    };
    Ok(Json(state.memory.answer(contact_id, made, said).await?))
}

/// What a customer answered to somebody who talked with them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    /// The contact that was made.
    contact_id: Option<ContactId>,
    /// Or the offer that was talked about, when no contact was made of it.
    offer: Option<String>,
    /// How the customer reacted.
    kind: ResponseKind,
    /// The company's own name of a custom reaction.
    name: Option<String>,
    /// Where; the call centre unless given.
    channel: Option<String>,
    /// What it was worth, in cents.
    value_cents: Option<i64>,
    /// Currency of the value.
    currency: Option<String>,
    /// What there is to say about it.
    note: Option<String>,
}

/// Record what a customer answered, as an agent does during a call.
#[utoipa::path(post, path = "/api/customers/{customer_id}/responses", tag = "interaction",
    params(("customer_id" = CustomerId, Path)), request_body = RecordedResponse,
    extensions(("x-permission" = json!("record_responses"))),
    responses((status = 201, body = Answered), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn record(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Json(new): Json<RecordedResponse>,
) -> Result<Created<Answered>> {
    user.require(Permission::RecordResponses)?;
    let mut problems = Reaction {
        kind: new.kind,
        name: new.name.as_deref(),
        value_cents: new.value_cents,
        currency: new.currency.as_deref(),
        message_id: None,
    }
    .problems();
    if new.contact_id.is_none() && new.offer.is_none() {
        let problem = FieldProblem::new("/contact_id", "say what is answered");
        problems.push(problem.hint("give contact_id or offer"));
    }
    problems.extend(note_problem(new.note.as_deref()));
    problems.extend(channel_problem(new.channel.as_deref()));
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let customer = state.customer(id).await?;
    let said = Said {
        kind: new.kind,
        name: new.name,
        value_cents: new.value_cents,
        currency: new.currency,
        note: new.note,
        occurred_at: state.memory.db().now(),
        message_id: None,
        source_id: 0,
    };
    let Some(contact_id) = new.contact_id else {
        let response = Response {
            kind: said.kind,
            name: said.name.clone(),
            contact_id: None,
            offer: new.offer,
            category: None,
            channel: new.channel.or_else(|| Some("call_center".to_owned())),
            inferred: false,
            in_control: false,
            value_cents: said.value_cents,
            currency: said.currency.clone(),
            credit: None,
            note: said.note.clone(),
        };
        return Ok(Created(
            state.memory.respond(customer.id, response, &said).await?,
        ));
    };
    let missing = || Problem::not_found("this customer has no such contact");
    let made = state
        .memory
        .contact(contact_id)
        .await?
        .ok_or_else(missing)?;
    let members = &customer.state.members;
    if made.customer_id != customer.id && !members.contains(&made.customer_id) {
        return Err(missing());
    }
    Ok(Created(state.memory.answer(contact_id, made, said).await?))
}

fn note_problem(note: Option<&str>) -> Option<FieldProblem> {
    let long = note.is_some_and(|note| note.len() > NOTE_LIMIT_BYTES);
    long.then(|| {
        let message = format!("a note has at most {NOTE_LIMIT_BYTES} bytes");
        FieldProblem::new("/note", message).hint("write less, or in several notes")
    })
}

/// What is wrong with the word of a channel.
pub(crate) fn channel_problem(channel: Option<&str>) -> Option<FieldProblem> {
    let wrong = channel.filter(|word| !reach::channel(word))?;
    let words: Vec<&str> = reach::CHANNELS.iter().map(|(word, _)| *word).collect();
    let problem = FieldProblem::new("/channel", format!("{wrong:?} is no channel"));
    Some(problem.hint(words.join(", ")))
}

/// Who called whom.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// The customer called.
    In,
    /// We called.
    Out,
}

/// A call that took place.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCall {
    /// Who called whom.
    direction: Direction,
    /// What it was about.
    note: String,
}

/// A call that stands in the log.
#[derive(Debug, Serialize, ToSchema)]
struct LoggedCall {
    /// With whom.
    customer_id: CustomerId,
}

/// Log a call with what it was about; the timeline shows it as the event `Call Logged`.
#[utoipa::path(post, path = "/api/customers/{customer_id}/calls", tag = "interaction",
    params(("customer_id" = CustomerId, Path)), request_body = NewCall,
    extensions(("x-permission" = json!("record_responses"))),
    responses((status = 201, body = LoggedCall), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn call(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Json(new): Json<NewCall>,
) -> Result<Created<LoggedCall>> {
    user.require(Permission::RecordResponses)?;
    let problems: Vec<FieldProblem> = note_problem(Some(&new.note)).into_iter().collect();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let customer = state.customer(id).await?;
    let properties = serde_json::json!({"direction": new.direction, "note": new.note,
        "channel": "call_center", "agent": user.name});
    let random = state.memory.db().random();
    let body = EventBody::ours(random, EventKind::Track, CALL, &properties);
    let body = body.map_err(Problem::internal)?;
    state
        .memory
        .append_one(customer.id, Entry::Event(body))
        .await?;
    Ok(Created(LoggedCall {
        customer_id: customer.id,
    }))
}
