//! Sources over HTTP.

use std::collections::HashMap;

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::problem::{FieldProblem, code};
use gate::{
    Created, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result,
    SourceId, User,
};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::activity::rate;
use super::{Source, SourceKind, db};
use crate::api::MemoryState;
use crate::quarantine::db as quarantine_db;

/// Longest key and longest title.
const KEY_LIMIT: usize = 50;
const TITLE_LIMIT_CHARS: usize = 100;

/// Routes of sources.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(list_sources, create))
        .routes(routes!(change))
}

/// A source and how it does.
#[derive(Debug, Serialize, ToSchema)]
struct SourceView {
    /// Its id; keys with the scope `ingest` belong to one.
    id: SourceId,
    /// Its key, a readable slug.
    key: String,
    /// What people call it.
    title: String,
    /// What kind of place.
    kind: SourceKind,
    /// How many events it has sent.
    events_count: i64,
    /// When it last sent one, to a few seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event_at: Option<Timestamp>,
    /// Events a minute, over the last five minutes.
    events_per_minute: f64,
    /// Events in each of the last 60 minutes, oldest first.
    by_minute: Vec<u32>,
    /// Items of it that wait in quarantine.
    waiting_count: i64,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

fn view(state: &MemoryState, source: Source, waiting: &HashMap<i64, i64>) -> SourceView {
    let number = source.id.0 as i64;
    let by_minute = state.activity.by_minute(number, state.memory.db().now());
    SourceView {
        id: source.id,
        key: source.key,
        title: source.title,
        kind: source.kind,
        events_count: source.events_count,
        last_event_at: source.last_event_at,
        events_per_minute: rate(&by_minute),
        by_minute,
        waiting_count: waiting.get(&number).copied().unwrap_or(0),
        created_at: source.created_at,
        updated_at: source.updated_at,
    }
}

/// List the sources with how they do.
#[utoipa::path(get, path = "/api/sources", tag = "sources", params(PageQuery),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<SourceView>), (status = 403, body = ProblemDocument)))]
async fn list_sources(
    user: User,
    State(state): State<MemoryState>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SourceView>>> {
    user.require(Permission::ViewData)?;
    let (store, limit) = (state.memory.db(), page.limit());
    let after: u64 = page.after()?.unwrap_or(0);
    let mut sources = db::list(store).await?;
    sources.retain(|source| source.id.0 > after);
    let page = Page::of(sources, limit, |source| source.id.0);
    let mut waiting = HashMap::new();
    for (source, _, count) in quarantine_db::counts(store).await? {
        *waiting.entry(source).or_insert(0) += count;
    }
    let items = page
        .items
        .into_iter()
        .map(|source| view(&state, source, &waiting));
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: page.next_cursor,
    }))
}

/// A source to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSource {
    /// Its key: small letters, digits, `-` and `_`.
    #[schema(example = "web-shop")]
    key: String,
    /// What people call it.
    #[schema(example = "Web shop")]
    title: String,
    /// What kind of place.
    kind: SourceKind,
}

fn title_problem(title: &str) -> Option<FieldProblem> {
    let length = title.trim().chars().count();
    let wrong = length == 0 || length > TITLE_LIMIT_CHARS;
    let message = format!("a title has 1 to {TITLE_LIMIT_CHARS} characters");
    wrong.then(|| FieldProblem::new("/title", message))
}

fn key_problem(key: &str) -> Option<FieldProblem> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let good = key.len() <= KEY_LIMIT
        && key.starts_with(fits)
        && key
            .chars()
            .all(|letter| fits(letter) || letter == '-' || letter == '_');
    let message = format!("a key has 1 to {KEY_LIMIT} small letters, digits, - and _");
    (!good).then(|| FieldProblem::new("/key", message).hint("for example web-shop"))
}

/// Make a source. Create an API key for it afterwards.
#[utoipa::path(post, path = "/api/sources", tag = "sources", request_body = NewSource,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 201, body = SourceView), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn create(
    user: User,
    State(state): State<MemoryState>,
    Json(new): Json<NewSource>,
) -> Result<Created<SourceView>> {
    user.require(Permission::EditData)?;
    let problems: Vec<FieldProblem> = key_problem(&new.key)
        .into_iter()
        .chain(title_problem(&new.title))
        .collect();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let store = state.memory.db();
    let number = store.take_numbers("sources", 1).await?;
    let now = store.now();
    let source = Source {
        id: SourceId(number.unsigned_abs()),
        key: new.key,
        title: new.title.trim().to_owned(),
        kind: new.kind,
        events_count: 0,
        last_event_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = store.begin().await?;
    if let Err(error) = db::insert(&mut tx, &source).await {
        if error.is_unique_violation() {
            let detail = format!("there is a source {} already", source.key);
            return Err(Problem::new(code::CONFLICT)
                .detail(detail)
                .hint("choose another key"));
        }
        return Err(error.into());
    }
    let entry = Entry::new("create", "source", &source.key).after(&source);
    audit::append(&mut tx, now, &user, entry).await?;
    tx.commit().await?;
    Ok(Created(view(&state, source, &HashMap::new())))
}

/// What changes of a source; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceChange {
    /// What people call it.
    title: Option<String>,
    /// What kind of place.
    kind: Option<SourceKind>,
}

/// Change a source's title or kind; its key stays.
#[utoipa::path(patch, path = "/api/sources/{source_id}", tag = "sources",
    params(("source_id" = SourceId, Path)), request_body = SourceChange,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = SourceView), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn change(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<SourceId>,
    Json(change): Json<SourceChange>,
) -> Result<Json<SourceView>> {
    user.require(Permission::EditData)?;
    if let Some(problem) = change.title.as_deref().and_then(title_problem) {
        return Err(Problem::invalid(vec![problem]));
    }
    let store = state.memory.db();
    let mut tx = store.begin().await?;
    let before = db::locked(&mut tx, id).await?;
    let before = before.ok_or_else(|| Problem::not_found(format!("there is no source {id}")))?;
    let mut after = before.clone();
    after.title = change
        .title
        .map_or(after.title, |title| title.trim().to_owned());
    after.kind = change.kind.unwrap_or(after.kind);
    after.updated_at = store.now();
    db::update(&mut tx, &after).await?;
    let entry = Entry::new("update", "source", &after.key)
        .before(&before)
        .after(&after);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(Json(view(&state, after, &HashMap::new())))
}
