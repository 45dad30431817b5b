//! Quarantine over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::audit::{self, Entry};
use gate::problem::{FieldProblem, code};
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, SourceId,
    User,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, Filter};
use super::replay::{Outcome, replay};
use super::{KEPT_PER_SOURCE, QuarantineId, Quarantined, State as ItemState};
use crate::CustomerId;
use crate::api::MemoryState;
use crate::attribute::{MASK, Masking};
use crate::source::Names;

/// Items of a bulk change that are read at once.
const CHUNK: i64 = 200;

/// Routes of quarantine.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(list_quarantine))
        .routes(routes!(counts))
        .routes(routes!(replay_one))
        .routes(routes!(discard_one))
        .routes(routes!(replay_all))
        .routes(routes!(discard_all))
}

/// An item that could not be taken in.
#[derive(Debug, Serialize, ToSchema)]
struct QuarantineItem {
    /// Its id.
    id: QuarantineId,
    /// Where it came from.
    source_id: SourceId,
    /// The key of the source.
    source: String,
    /// Why, for programs.
    reason: String,
    /// Why and what to do, for people.
    detail: String,
    /// The item as it came, JSON or not.
    body: String,
    /// What became of it.
    state: ItemState,
    /// What the replay answered: `accepted` or `duplicate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// When it came.
    received_at: Timestamp,
    /// When its state changed.
    updated_at: Timestamp,
}

fn shown(item: Quarantined, names: &Names, masking: &Masking) -> QuarantineItem {
    let body = match (masking.hides(), serde_json::from_str::<Value>(&item.body)) {
        (false, _) => item.body,
        (true, Ok(mut body)) => {
            masking.json(&mut body);
            body.to_string()
        }
        // What is not JSON could hold anything.
        (true, Err(_)) => MASK.to_owned(),
    };
    QuarantineItem {
        id: item.id,
        source_id: SourceId(item.source_id.unsigned_abs()),
        source: names.of(item.source_id),
        reason: item.reason,
        detail: item.detail,
        body,
        state: item.state,
        outcome: item.outcome,
        received_at: item.received_at,
        updated_at: item.updated_at,
    }
}

/// Which items are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only of this source.
    source_id: Option<SourceId>,
    /// Only with this reason.
    reason: Option<String>,
    /// Only in this state; `waiting` unless given.
    state: Option<ItemState>,
}

/// List what could not be taken in, newest first. Of each source the newest 10,000 are kept.
#[utoipa::path(get, path = "/api/quarantine", tag = "quarantine", params(PageQuery, Wanted),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<QuarantineItem>),
        (status = 403, body = ProblemDocument)))]
async fn list_quarantine(
    user: User,
    State(state): State<MemoryState>,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<QuarantineItem>>> {
    user.require(Permission::ViewData)?;
    let (store, limit) = (state.memory.db(), page.limit());
    let filter = Filter {
        source_id: wanted.source_id.map(|id| id.0 as i64),
        reason: wanted.reason,
        state: Some(wanted.state.unwrap_or(ItemState::Waiting)),
    };
    let before = QuarantineId(page.after()?.unwrap_or(u64::MAX));
    let rows = db::page(store, &filter, before, limit + 1).await?;
    let page = Page::of(rows, limit, |item| item.id.0);
    let names = crate::source::db::names(store).await?;
    let masking = state.masking(&user).await?;
    let items = page
        .items
        .into_iter()
        .map(|item| shown(item, &names, &masking));
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: page.next_cursor,
    }))
}

/// How many items wait for the same reason.
#[derive(Debug, Serialize, ToSchema)]
struct QuarantineCount {
    /// Where they came from.
    source_id: SourceId,
    /// The key of the source.
    source: String,
    /// Why.
    reason: String,
    /// How many.
    count: i64,
}

/// Count what waits, by source and reason, most first.
#[utoipa::path(get, path = "/api/quarantine/counts", tag = "quarantine",
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Vec<QuarantineCount>),
        (status = 403, body = ProblemDocument)))]
async fn counts(
    user: User,
    State(state): State<MemoryState>,
) -> Result<Json<Vec<QuarantineCount>>> {
    user.require(Permission::ViewData)?;
    let store = state.memory.db();
    let names = crate::source::db::names(store).await?;
    let count = |(source, reason, count): (i64, String, i64)| QuarantineCount {
        source_id: SourceId(source.unsigned_abs()),
        source: names.of(source),
        reason,
        count,
    };
    Ok(Json(
        db::counts(store).await?.into_iter().map(count).collect(),
    ))
}

/// An item read again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Replay {
    /// The corrected item, an object or its text; as it came when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

/// What came of a replay.
#[derive(Debug, Serialize, ToSchema)]
struct Replayed {
    /// Whose it is, when it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<CustomerId>,
    /// True when it stood in the log already.
    duplicate: bool,
}

async fn waiting(state: &MemoryState, id: QuarantineId) -> Result<Quarantined> {
    let item = db::get(state.memory.db(), id).await?;
    item.ok_or_else(|| Problem::not_found(format!("there is no item {id} in quarantine")))
}

fn settled(id: QuarantineId) -> Problem {
    Problem::new(code::CONFLICT).detail(format!("somebody has decided about {id} already"))
}

/// Read an item again, corrected or not, and take it in.
#[utoipa::path(post, path = "/api/quarantine/{id}/replay", tag = "quarantine",
    params(("id" = QuarantineId, Path)), request_body = Replay,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = Replayed), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn replay_one(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<QuarantineId>,
    Json(wanted): Json<Replay>,
) -> Result<Json<Replayed>> {
    user.require(Permission::EditData)?;
    let item = waiting(&state, id).await?;
    let body = wanted.body.map(|body| match body {
        Value::String(text) => text,
        other => other.to_string(),
    });
    match replay(&state.memory, &item, body.as_deref()).await? {
        Outcome::Taken {
            customer_id,
            duplicate,
        } => {
            let entry = Entry::new("replay", "quarantine", &id.to_string());
            audit::record(state.memory.db(), &user, entry).await?;
            Ok(Json(Replayed {
                customer_id,
                duplicate,
            }))
        }
        Outcome::Refused { reason, detail } => {
            let problem = FieldProblem::new("/body", &detail);
            Err(Problem::invalid(vec![problem])
                .detail(detail)
                .with("reason", reason))
        }
        Outcome::Settled => Err(settled(id)),
    }
}

/// Throw an item away.
#[utoipa::path(post, path = "/api/quarantine/{id}/discard", tag = "quarantine",
    params(("id" = QuarantineId, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 204), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn discard_one(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<QuarantineId>,
) -> Result<StatusCode> {
    user.require(Permission::EditData)?;
    waiting(&state, id).await?;
    let store = state.memory.db();
    let mut tx = store.begin().await?;
    if !db::settle(&mut tx, id, ItemState::Discarded, None, store.now()).await? {
        return Err(settled(id));
    }
    let entry = Entry::new("discard", "quarantine", &id.to_string());
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which waiting items are meant.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Selection {
    /// Only of this source.
    source_id: Option<SourceId>,
    /// Only with this reason.
    reason: Option<String>,
}

impl Selection {
    fn filter(&self) -> Filter {
        Filter {
            source_id: self.source_id.map(|id| id.0 as i64),
            reason: self.reason.clone(),
            state: Some(ItemState::Waiting),
        }
    }
}

/// What became of many items.
#[derive(Debug, Default, Serialize, ToSchema)]
struct BulkOutcome {
    /// Taken in.
    taken: u64,
    /// Stood in the log already.
    duplicates: u64,
    /// Still cannot be taken in; they wait on.
    refused: u64,
    /// Thrown away.
    discarded: u64,
}

/// Read every waiting item of a selection again, for example after a fix of the source.
#[utoipa::path(post, path = "/api/quarantine/replay", tag = "quarantine", request_body = Selection,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = BulkOutcome), (status = 403, body = ProblemDocument)))]
async fn replay_all(
    user: User,
    State(state): State<MemoryState>,
    Json(selection): Json<Selection>,
) -> Result<Json<BulkOutcome>> {
    user.require(Permission::EditData)?;
    let (store, filter) = (state.memory.db(), selection.filter());
    let mut outcome = BulkOutcome::default();
    let (mut before, mut read) = (QuarantineId(u64::MAX), 0);
    while read < KEPT_PER_SOURCE {
        let items = db::page(store, &filter, before, CHUNK).await?;
        let Some(last) = items.last() else { break };
        before = last.id;
        read += CHUNK;
        for item in &items {
            match replay(&state.memory, item, None).await? {
                Outcome::Taken {
                    duplicate: false, ..
                } => outcome.taken += 1,
                Outcome::Taken {
                    duplicate: true, ..
                } => outcome.duplicates += 1,
                Outcome::Refused { .. } => outcome.refused += 1,
                Outcome::Settled => {}
            }
        }
    }
    let entry = Entry::new("replay", "quarantine", "selection")
        .before(&selection)
        .after(&outcome);
    audit::record(store, &user, entry).await?;
    Ok(Json(outcome))
}

/// Throw every waiting item of a selection away.
#[utoipa::path(post, path = "/api/quarantine/discard", tag = "quarantine", request_body = Selection,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = BulkOutcome), (status = 403, body = ProblemDocument)))]
async fn discard_all(
    user: User,
    State(state): State<MemoryState>,
    Json(selection): Json<Selection>,
) -> Result<Json<BulkOutcome>> {
    user.require(Permission::EditData)?;
    let store = state.memory.db();
    let mut tx = store.begin().await?;
    let discarded = db::discard(&mut tx, &selection.filter(), store.now()).await?;
    let outcome = BulkOutcome {
        discarded,
        ..BulkOutcome::default()
    };
    let entry = Entry::new("discard", "quarantine", "selection")
        .before(&selection)
        .after(&outcome);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(Json(outcome))
}
