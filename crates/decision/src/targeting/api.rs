//! Decisions over HTTP.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use gate::key::Holder;
use gate::problem::code;
use gate::{
    FieldProblem, GateState, Json, Key, Page, PageQuery, Path, Permission, Problem,
    ProblemDocument, Query, Result, Scope, User, idempotency,
};
use memory::CustomerId;
use memory::identity::beyond_page;
use memory::interaction::DecisionId;
use serde::Deserialize;
use store::Timestamp;
use tokio::time::sleep;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::find::{Fate, Filter};
use super::read::{DecisionRecord, DecisionRow};
use super::{AnswerReason, CustomerRef, DEADLINE_MS, DecisionAnswer, DecisionRequest, Degradation};
use crate::{Channel, Decider, Error};

/// How long an agent's screen waits: longer than a page, because a person asked.
const AGENT_DEADLINE_MS: u64 = 1_000;

/// Routes of decisions.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(decide))
        .routes(routes!(one_by_key))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(offers_now, make_offers))
}

/// Decide which offers a customer gets at some placements. With an Idempotency-Key a repetition
/// within 24 hours gets the same answer. The key of a page names customers by the company's own
/// number and by the browser.
#[utoipa::path(post, path = "/v1/decisions", tag = "decisions", request_body = DecisionRequest,
    extensions(("x-scope" = json!("decide page"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = DecisionAnswer), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn decide(
    key: Key,
    gate: GateState,
    State(decider): State<Decider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let holder = key.require_or_page(Scope::Decide)?;
    let request: DecisionRequest = gate::read_json(&body)?;
    valid(&request)?;
    if holder == Holder::Page && request.customer.customer_id.is_some() {
        return Err(Problem::invalid(vec![beyond_page("/customer/customer_id")]));
    }
    let Some(idempotency_key) = idempotency::key(&headers)? else {
        // It is always in time by itself.
        return Ok(Json(decider.decide(&request).await).into_response());
    };
    let scope = format!("decisions:{}", key.id);
    let request = Arc::new(request);
    // Boxed, all of them, because deciding is large and is handed on several times until it begins.
    let once = Box::pin(async {
        loop {
            let (decider, request) = (decider.clone(), request.clone());
            let work =
                Box::pin(async move { Json(decider.decide(&request).await).into_response() });
            let key = Some(&*idempotency_key);
            match idempotency::once(&gate.db, &scope, key, &body, work).await {
                // The same call is being answered: what it gets, this one gets, too.
                Err(problem) if problem.code() == code::IN_FLIGHT => sleep(LOOK_AGAIN).await,
                done => return done,
            }
        }
    });
    in_time(&decider, &request, once).await
}

/// How long a repetition waits before it looks again for the answer of the first call.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// How much longer than the deadline a kept answer may take to be looked up and kept.
const GRACE_MS: u64 = 25;

/// The answer, or fallback content when the store is too slow even to look for a kept one.
async fn in_time(
    decider: &Decider,
    request: &DecisionRequest,
    answer: impl Future<Output = Result<Response>>,
) -> Result<Response> {
    let within = request.deadline_ms.unwrap_or(DEADLINE_MS) + GRACE_MS;
    let instead = |reason| Ok(Json(decider.fall_back(request, reason)).into_response());
    match tokio::time::timeout(Duration::from_millis(within), answer).await {
        Ok(Err(problem)) if problem.code().status >= 500 => instead(AnswerReason::Unavailable),
        Ok(answered) => answered,
        Err(_) => instead(AnswerReason::Timeout),
    }
}

/// Read a decision with every proposal and its reasons.
#[utoipa::path(get, path = "/v1/decisions/{decision_id}", tag = "decisions",
    extensions(("x-scope" = json!("decide"))), params(("decision_id" = DecisionId, Path)),
    responses((status = 200, body = DecisionRecord), (status = 404, body = ProblemDocument)))]
async fn one_by_key(
    key: Key,
    State(decider): State<Decider>,
    Path(id): Path<DecisionId>,
) -> Result<Json<DecisionRecord>> {
    key.require(Scope::Decide)?;
    read(&decider, id).await
}

/// Read a decision with every proposal and its reasons.
#[utoipa::path(get, path = "/api/decisions/{decision_id}", tag = "decisions",
    extensions(("x-permission" = json!("view_decisions"))), params(("decision_id" = DecisionId, Path)),
    responses((status = 200, body = DecisionRecord), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(decider): State<Decider>,
    Path(id): Path<DecisionId>,
) -> Result<Json<DecisionRecord>> {
    user.require(Permission::ViewDecisions)?;
    read(&decider, id).await
}

/// Which decisions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Id or identifier of the customer.
    customer: Option<String>,
    /// Key of an offer.
    offer: Option<String>,
    /// What became of that offer; chosen unless given.
    #[param(inline)]
    fate: Option<Fate>,
    /// Code of a reason against that offer, or against any, for example `not_eligible`.
    against: Option<String>,
    /// Key of a placement that was asked for.
    placement: Option<String>,
    /// Channel of the placement.
    channel: Option<Channel>,
    /// Why a placement showed what it showed, for example `offer` or `control_group`.
    reason: Option<String>,
    /// How good the answer was.
    degradation: Option<Degradation>,
    /// True for decisions that withheld an offer for comparison, false for others.
    control: Option<bool>,
    /// True for decisions that chose an offer to learn more about it, false for others.
    explored: Option<bool>,
    /// From when.
    from: Option<Timestamp>,
    /// Until when (exclusive).
    until: Option<Timestamp>,
}

/// List decisions, newest first. With a filter at most 20,000 are looked through per page: a page
/// may hold few, and still name the next one.
#[utoipa::path(get, path = "/api/decisions", tag = "decisions", params(PageQuery, ListQuery),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = Page<DecisionRow>), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn list(
    user: User,
    State(decider): State<Decider>,
    Query(page): Query<PageQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<DecisionRow>>> {
    user.require(Permission::ViewDecisions)?;
    let filter = Filter {
        customer: query.customer,
        offer: query.offer,
        fate: query.fate,
        against: query.against,
        placement: query.placement,
        channel: query.channel,
        reason: query.reason,
        degradation: query.degradation,
        control: query.control,
        explored: query.explored,
        from: query.from,
        until: query.until,
    };
    let mut wrong = filter.problems();
    wrong.extend(decider.unknown(&filter).await?);
    refuse(wrong)?;
    let before = page.after()?.unwrap_or(i64::MAX as u64);
    let mut found = decider.decisions(&filter, before, page.limit()).await?;
    let memory = decider.memory();
    let masking = memory::masking(memory, &user).await?;
    let ids: Vec<CustomerId> = found.rows.iter().map(|row| row.customer_id).collect();
    let mut labels = HashMap::new();
    for customer in memory.customers(&ids).await? {
        let label = memory::customer::view::label(&customer.state, &masking);
        let members = customer.state.members.iter().copied();
        labels.extend(members.chain([customer.id]).map(|id| (id, label.clone())));
    }
    for row in &mut found.rows {
        row.customer_label = labels.get(&row.customer_id).cloned().unwrap_or_default();
    }
    Ok(Json(Page::until(found.rows, found.next)))
}

/// At which placements to look.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OffersQuery {
    /// Channel whose placements are asked for.
    channel: Option<Channel>,
    /// Keys of placements, separated by commas; all of the channel unless given.
    placements: Option<String>,
    /// Language of the creatives; the customer's unless given.
    language: Option<String>,
}

/// Show what would be decided for a customer now, and why. Nothing is decided.
#[utoipa::path(get, path = "/api/customers/{customer_id}/offers", tag = "decisions",
    extensions(("x-permission" = json!("view_decisions"))),
    params(("customer_id" = CustomerId, Path), OffersQuery),
    responses((status = 200, body = DecisionRecord), (status = 404, body = ProblemDocument)))]
async fn offers_now(
    user: User,
    State(decider): State<Decider>,
    Path(id): Path<CustomerId>,
    Query(query): Query<OffersQuery>,
) -> Result<Json<DecisionRecord>> {
    user.require(Permission::ViewDecisions)?;
    let named = query
        .placements
        .as_deref()
        .map(|list| list.split(',').map(str::to_owned));
    let placements = placements(&decider, query.channel, named.map(Iterator::collect));
    let request = about(id, placements, query.language);
    Ok(Json(decider.preview(&request).await?))
}

/// What an agent wants to offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MakeOffers {
    /// The channel of the conversation.
    channel: Channel,
    /// Keys of placements; all of the channel unless given.
    placements: Option<Vec<String>>,
    /// Language of the creatives; the customer's unless given.
    language: Option<String>,
}

/// Decide what to offer a customer in a conversation. The offers are reserved.
#[utoipa::path(post, path = "/api/customers/{customer_id}/offers", tag = "decisions",
    extensions(("x-permission" = json!("record_responses"))), request_body = MakeOffers,
    params(("customer_id" = CustomerId, Path)),
    responses((status = 200, body = DecisionRecord), (status = 404, body = ProblemDocument)))]
async fn make_offers(
    user: User,
    State(decider): State<Decider>,
    Path(id): Path<CustomerId>,
    Json(wish): Json<MakeOffers>,
) -> Result<Json<DecisionRecord>> {
    user.require(Permission::RecordResponses)?;
    let placements = placements(&decider, Some(wish.channel), wish.placements);
    let request = about(id, placements, wish.language);
    valid(&request)?;
    let known = decider.memory().customer(id).await?;
    known.ok_or(Error::NoCustomer(id))?;
    let answer = decider.decide(&request).await;
    let id = answer.decision_id.ok_or_else(|| {
        let problem = Problem::new(code::UNAVAILABLE).retry_after(1);
        problem.detail("no decision could be written down in time")
    })?;
    // The record does not keep codes; the agent reads them out.
    let Json(mut record) = read(&decider, id).await?;
    record.answer = answer;
    Ok(Json(record))
}

async fn read(decider: &Decider, id: DecisionId) -> Result<Json<DecisionRecord>> {
    let record = decider.decision(id).await?;
    Ok(Json(record.ok_or(Error::NoDecision(id))?))
}

fn valid(request: &DecisionRequest) -> Result<()> {
    refuse(request.problems())
}

fn refuse(problems: Vec<FieldProblem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(problems))
}

/// The placements named, or all of the channel.
fn placements(
    decider: &Decider,
    channel: Option<Channel>,
    named: Option<Vec<String>>,
) -> Vec<String> {
    named.unwrap_or_else(|| {
        let catalog = decider.catalog();
        let channel = channel.unwrap_or(Channel::Web);
        catalog
            .placements_of(channel)
            .map(|placement| placement.key.clone())
            .collect()
    })
}

fn about(id: CustomerId, placements: Vec<String>, language: Option<String>) -> DecisionRequest {
    DecisionRequest {
        customer: CustomerRef {
            customer_id: Some(id),
            ..CustomerRef::default()
        },
        placements,
        deadline_ms: Some(AGENT_DEADLINE_MS),
        language,
        ..DecisionRequest::default()
    }
}
