//! Feeds over HTTP: how they stand, and what people do with them. What they are is a definition.

use std::collections::HashMap;

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::problem::{FieldProblem, code};
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, Standing};
use super::look::{Looked, look};
use super::places::PlaceNames;
use super::pull::Failure;
use super::view::{FeedView, FileView, RunView, view};
use super::{Feed, KIND, Origin, RunId, published};
use crate::api::MemoryState;
use crate::source::import::mapping::{Mapping, Target};

/// Routes of feeds.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(places))
        .routes(routes!(preview))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(runs))
        .routes(routes!(files))
        .routes(routes!(run))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(start_over))
}

/// The places that feeds may reach, by the names that the configuration gives them.
#[utoipa::path(get, path = "/api/feed-places", tag = "feeds",
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = PlaceNames), (status = 403, body = ProblemDocument)))]
async fn places(user: User, State(state): State<MemoryState>) -> Result<Json<PlaceNames>> {
    user.require(Permission::ViewData)?;
    Ok(Json(state.places.names()))
}

/// What shall be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedLook)]
struct Look {
    /// Where the data comes from.
    from: Origin,
    /// The mapping; a guess when absent.
    mapping: Option<Mapping>,
    /// What the guess shall take the rows for.
    #[serde(rename = "as")]
    target: Option<Target>,
}

/// See what a feed would bring: the first rows or the newest messages, and what they become.
#[utoipa::path(post, path = "/api/feed-preview", tag = "feeds", request_body = Look,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = Looked), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn preview(
    user: User,
    State(state): State<MemoryState>,
    Json(wish): Json<Look>,
) -> Result<Json<Looked>> {
    user.require(Permission::EditData)?;
    let problems = wish.from.problems().into_iter();
    let problems: Vec<FieldProblem> = problems.map(|one| super::within("/from", one)).collect();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let looked = look(&state, &wish.from, wish.mapping, wish.target).await;
    looked.map(Json).map_err(|failure| match failure {
        Failure::Store(error) => error.into(),
        Failure::Disk(error) => Problem::internal(error),
        Failure::File(error) => {
            let problem = FieldProblem::new("/from", &error.message).hint(&error.hint);
            Problem::invalid(vec![problem]).detail(error.message)
        }
        Failure::Said(_) | Failure::Stopped => {
            let text = failure.to_string();
            Problem::invalid(vec![FieldProblem::new("/from", &text)]).detail(text)
        }
    })
}

fn in_use(state: &MemoryState) -> HashMap<String, Feed> {
    let snapshot = state.gate.published.now();
    published(snapshot.of_kind(KIND.name)).into_iter().collect()
}

/// How every feed stands that is published, or once was.
#[utoipa::path(get, path = "/api/feeds", tag = "feeds",
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<FeedView>), (status = 403, body = ProblemDocument)))]
async fn list(user: User, State(state): State<MemoryState>) -> Result<Json<Page<FeedView>>> {
    user.require(Permission::ViewData)?;
    let store = state.memory.db();
    let used = in_use(&state);
    let runs = db::last_runs(store).await?.into_iter();
    let mut runs: HashMap<String, super::Run> = runs.map(|run| (run.feed.clone(), run)).collect();
    let mut standings = db::standings(store).await?;
    for feed in used.keys() {
        if !standings.iter().any(|known| known.feed == *feed) {
            standings.push(fresh(&state, feed));
        }
    }
    let shown = standings.into_iter().map(|standing| {
        let run = runs.remove(&standing.feed);
        let feed = used.get(&standing.feed);
        view(standing, feed, run)
    });
    Ok(Json(Page::until(shown.collect(), None::<u64>)))
}

fn fresh(state: &MemoryState, feed: &str) -> Standing {
    Standing {
        feed: feed.to_owned(),
        since_at: state.memory.db().now(),
        ..Standing::default()
    }
}

/// A feed that is published, or once was.
async fn found(state: &MemoryState, key: &str) -> Result<(Standing, Option<Feed>)> {
    let used = in_use(state).remove(key);
    let standing = db::standing(state.memory.db(), key).await?;
    match (standing, &used) {
        (Some(standing), _) => Ok((standing, used)),
        (None, Some(_)) => {
            db::know(state.memory.db(), key).await?;
            Ok((fresh(state, key), used))
        }
        (None, None) => Err(Problem::not_found(format!("no feed {key} was published"))),
    }
}

async fn shown(state: &MemoryState, key: &str) -> Result<Json<FeedView>> {
    let (standing, feed) = found(state, key).await?;
    let newest = db::runs(state.memory.db(), key, RunId(u64::MAX), 1).await?;
    Ok(Json(view(
        standing,
        feed.as_ref(),
        newest.into_iter().next(),
    )))
}

/// How one feed stands.
#[utoipa::path(get, path = "/api/feeds/{key}", tag = "feeds", params(("key" = String, Path)),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = FeedView), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
) -> Result<Json<FeedView>> {
    user.require(Permission::ViewData)?;
    shown(&state, &key).await
}

/// The runs of a pull, newest first.
#[utoipa::path(get, path = "/api/feeds/{key}/runs", tag = "feeds",
    params(("key" = String, Path), PageQuery),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<RunView>), (status = 403, body = ProblemDocument)))]
async fn runs(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<RunView>>> {
    user.require(Permission::ViewData)?;
    let limit = page.limit();
    let before = RunId(page.after()?.unwrap_or(u64::MAX));
    let rows = db::runs(state.memory.db(), &key, before, limit + 1).await?;
    let page = Page::of(rows, limit, |run| run.id.0);
    Ok(Json(Page {
        items: page.items.into_iter().map(RunView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// The files that a pull took, or the parts of a query's answer, newest first.
#[utoipa::path(get, path = "/api/feeds/{key}/files", tag = "feeds",
    params(("key" = String, Path), PageQuery),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<FileView>), (status = 403, body = ProblemDocument)))]
async fn files(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<FileView>>> {
    user.require(Permission::ViewData)?;
    let limit = page.limit();
    let before: i64 = page.after()?.unwrap_or(i64::MAX);
    let rows = db::files(state.memory.db(), &key, before, limit + 1).await?;
    let page = Page::of(rows, limit, |taken| taken.number);
    Ok(Json(Page {
        items: page.items.into_iter().map(FileView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Changes how a feed stands, and says who did it.
async fn change(
    state: &MemoryState,
    user: &User,
    key: &str,
    action: &'static str,
    with: impl AsyncFnOnce(&mut Tx) -> std::result::Result<(), store::Error>,
) -> Result<Json<FeedView>> {
    let store = state.memory.db();
    let mut tx = store.begin().await?;
    with(&mut tx).await?;
    audit::append(&mut tx, store.now(), user, Entry::new(action, "feed", key)).await?;
    tx.commit().await?;
    state.feeds.notify_one();
    shown(state, key).await
}

/// Run a pull now. Files that failed before are tried again.
#[utoipa::path(post, path = "/api/feeds/{key}/run", tag = "feeds", params(("key" = String, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = FeedView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn run(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
) -> Result<Json<FeedView>> {
    user.require(Permission::EditData)?;
    let (standing, feed) = found(&state, &key).await?;
    let refused =
        |detail: String, hint: &str| Problem::new(code::CONFLICT).detail(detail).hint(hint);
    match feed {
        None => {
            return Err(refused(
                format!("{key} is not published"),
                "publish it first",
            ));
        }
        Some(feed) if feed.from.streams() => {
            let detail = format!("{key} is a stream, and is read all the time");
            return Err(refused(detail, "look at its lag"));
        }
        Some(_) if standing.paused => {
            return Err(refused(format!("{key} is paused"), "let it go on first"));
        }
        Some(_) => {}
    }
    let (now, name) = (state.memory.db().now(), user.name.clone());
    let asked = async |tx: &mut Tx| db::ask(tx, &key, &name, now).await;
    change(&state, &user, &key, "run", asked).await
}

/// Stop a feed: no run begins, and a stream is not read, until it goes on.
#[utoipa::path(post, path = "/api/feeds/{key}/pause", tag = "feeds",
    params(("key" = String, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = FeedView), (status = 404, body = ProblemDocument)))]
async fn pause(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
) -> Result<Json<FeedView>> {
    user.require(Permission::EditData)?;
    found(&state, &key).await?;
    let paused = async |tx: &mut Tx| db::set_paused(tx, &key, true).await;
    change(&state, &user, &key, "pause", paused).await
}

/// Let a feed go on where it stopped.
#[utoipa::path(post, path = "/api/feeds/{key}/resume", tag = "feeds",
    params(("key" = String, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = FeedView), (status = 404, body = ProblemDocument)))]
async fn resume(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
) -> Result<Json<FeedView>> {
    user.require(Permission::EditData)?;
    found(&state, &key).await?;
    let resumed = async |tx: &mut Tx| db::set_paused(tx, &key, false).await;
    change(&state, &user, &key, "resume", resumed).await
}

/// Forget how far a paused feed was read: everything that is there is read again. Events that
/// were taken in less than seven days ago do not count twice.
#[utoipa::path(post, path = "/api/feeds/{key}/start-over", tag = "feeds",
    params(("key" = String, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = FeedView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn start_over(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
) -> Result<Json<FeedView>> {
    user.require(Permission::EditData)?;
    let (standing, _) = found(&state, &key).await?;
    if !standing.paused {
        return Err(Problem::new(code::CONFLICT)
            .detail(format!("{key} is being read"))
            .hint("pause it first"));
    }
    let over = async |tx: &mut Tx| db::start_over(tx, &key).await;
    change(&state, &user, &key, "start_over", over).await
}
