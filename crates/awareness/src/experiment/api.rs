//! Experiments over HTTP, besides what every definition has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use gate::{
    GateState, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result,
    User,
};
use memory::Memory;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::{self, Definition};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::report::{Report, Source, report};
use super::roll_out::{read, roll_out, take_back};
use super::verdict::Verdict;
use super::{KIND_NAME, gather};
use crate::Error;

/// How long a report is kept at least while the log grows.
const KEPT: Duration = Duration::from_secs(2);
/// And how many times as long as it took to make.
const KEPT_TIMES: u32 = 10;
/// How old a report may be from which the list takes a verdict, in milliseconds.
const LISTED_MS: i64 = 300_000;

/// What handlers of experiments need. Cheap to clone.
#[derive(Clone)]
pub struct ExperimentState(Arc<Inner>);

struct Inner {
    memory: Memory,
    kept: Mutex<HashMap<String, Kept>>,
    /// Experiments that are being counted for the list, one at a time.
    counting: Mutex<HashSet<String>>,
    one_at_a_time: tokio::sync::Mutex<()>,
    /// Versions, by hash, that could not be counted, why, and when; they are tried again later.
    failed: Mutex<HashMap<String, (String, Timestamp)>>,
}

/// A report, the version it is about, and how long it may be shown.
#[derive(Clone)]
struct Kept {
    report: Arc<Report>,
    hash: String,
    newest: u64,
    until: Instant,
}

impl ExperimentState {
    /// Over the memory of customers.
    pub fn new(memory: Memory) -> ExperimentState {
        ExperimentState(Arc::new(Inner {
            memory,
            kept: Mutex::default(),
            counting: Mutex::default(),
            one_at_a_time: tokio::sync::Mutex::default(),
            failed: Mutex::default(),
        }))
    }

    /// What the list says of a published experiment; what is not known or too old is counted
    /// behind the caller's back.
    fn listed(&self, gate: &GateState, definition: &Definition) -> ExperimentRow {
        let known = self.0.kept.lock().get(&definition.key).cloned();
        let known = known.filter(|known| known.hash == definition.hash);
        let now = self.0.memory.db().now();
        let fresh = known.as_ref().is_some_and(|known| young(known, now));
        let failed = self.0.failed.lock().get(&definition.hash).cloned();
        // A report that was made since ends a failure.
        let ended = |at| matches!(&known, Some(known) if known.report.as_of >= at);
        let failed = failed.filter(|(_, at)| !ended(*at));
        let waits = failed
            .as_ref()
            .is_some_and(|(_, at)| now.since_ms(*at) < LISTED_MS);
        if !fresh && !waits {
            self.count(gate, definition);
        }
        let report = known.map(|known| known.report);
        ExperimentRow {
            experiment: definition.key.clone(),
            version: definition.version,
            as_of: report.as_ref().map(|report| report.as_of),
            verdict: report.as_ref().map(|report| report.verdict.clone()),
            holdout: report.is_some_and(|report| report.holdout.is_some()),
            problem: failed.map(|(why, _)| why),
        }
    }

    /// Counts an experiment unless that is under way.
    fn count(&self, gate: &GateState, definition: &Definition) {
        if !self.0.counting.lock().insert(definition.key.clone()) {
            return;
        }
        let (state, gate) = (self.clone(), gate.clone());
        let (key, hash) = (definition.key.clone(), definition.hash.clone());
        tokio::spawn(async move {
            let turn = state.0.one_at_a_time.lock().await;
            let counted = state.report(&gate, &key).await;
            let mut failed = state.0.failed.lock();
            match counted {
                Ok(_) => failed.remove(&hash),
                Err(problem) => {
                    let why = problem.detail_text().unwrap_or(problem.code().title);
                    failed.insert(hash, (why.to_owned(), gate.db.now()))
                }
            };
            drop((failed, turn));
            state.0.counting.lock().remove(&key);
        });
    }

    /// The report of an experiment in the version that is in use, or else in its newest.
    async fn report(&self, gate: &GateState, key: &str) -> Result<Arc<Report>> {
        let memory = &self.0.memory;
        let definition = version(gate, key).await?;
        let newest = memory::log::db::newest(memory.db()).await?;
        let known = self.0.kept.lock().get(key).cloned();
        // What may be concluded depends on the days that have passed, too.
        let same = |known: &Kept| known.newest == newest && young(known, memory.db().now());
        if let Some(known) = known.filter(|known| known.hash == definition.hash)
            && (same(&known) || Instant::now() < known.until)
        {
            return Ok(known.report);
        }
        let started = Instant::now();
        let experiment = read(&definition)?;
        let first = definition::version(memory.db(), KIND_NAME, key, 1).await?;
        let since = first.map_or(definition.created_at, |first| first.created_at);
        let margin_share = margin_share(gate);
        let gathered = gather::gather(memory, key, &experiment, since, margin_share).await?;
        let source = Source {
            key: key.to_owned(),
            version: definition.version,
            experiment,
            gathered,
            as_of: memory.db().now(),
        };
        let report = tokio::task::spawn_blocking(move || Arc::new(report(&source)));
        let report = report.await.map_err(Problem::internal)?;
        let keep = KEPT.max(started.elapsed() * KEPT_TIMES);
        let kept = Kept {
            report: report.clone(),
            hash: definition.hash,
            newest,
            until: Instant::now() + keep,
        };
        self.0.kept.lock().insert(key.to_owned(), kept);
        Ok(report)
    }
}

/// Whether a report is young enough for the list.
fn young(known: &Kept, now: Timestamp) -> bool {
    now.since_ms(known.report.as_of) < LISTED_MS
}

/// The share of revenue that is margin where orders do not tell, as the strategy in use says.
pub fn margin_share(gate: &GateState) -> Option<f64> {
    let published = gate.published.now();
    let strategy = published.of_kind("strategy").next()?;
    strategy.body.get("margin_share")?.as_f64()
}

/// The version in use, else the newest.
async fn version(gate: &GateState, key: &str) -> Result<Definition> {
    let published = gate.published.now();
    let found = published
        .of_kind(KIND_NAME)
        .find(|one| one.key == key)
        .cloned();
    if let Some(found) = found {
        return Ok(found);
    }
    let found = definition::one(&gate.db, KIND_NAME, key)
        .await
        .map_err(Error::from)?;
    found.ok_or_else(|| Problem::not_found(format!("there is no experiment {key}")))
}

/// Routes of experiments.
pub fn routes() -> OpenApiRouter<ExperimentState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(results))
        .routes(routes!(put_winner))
        .routes(routes!(undo))
}

/// A published experiment in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExperimentRow {
    /// Its key.
    pub experiment: String,
    /// The version in use.
    pub version: i64,
    /// Until when everything was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// What may be concluded; absent while it is counted for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Whether a winner is compared with those who kept the baseline.
    pub holdout: bool,
    /// Why it could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// List published experiments with their verdicts, by key. A verdict may be some minutes old; one
/// that is not known yet is counted and there when the list is asked for again.
#[utoipa::path(get, path = "/api/experiments", tag = "experiments", params(PageQuery),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Page<ExperimentRow>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    State(state): State<ExperimentState>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ExperimentRow>>> {
    user.require(Permission::ViewReports)?;
    let after: String = page.after()?.unwrap_or_default();
    let published = gate.published.now();
    let mut found: Vec<&Definition> = published
        .of_kind(KIND_NAME)
        .filter(|one| one.key > after)
        .collect();
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found.truncate(page.limit() as usize + 1);
    let page = Page::of(found, page.limit(), |one| one.key.clone());
    Ok(Json(Page {
        items: page
            .items
            .iter()
            .map(|one| state.listed(&gate, one))
            .collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Read what an experiment has found so far: customers, differences with always-valid intervals,
/// guardrails, and the verdict.
#[utoipa::path(get, path = "/api/experiments/{key}/results", tag = "experiments",
    extensions(("x-permission" = json!("view_reports"))), params(("key" = String, Path)),
    responses((status = 200, body = Report), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn results(
    user: User,
    gate: GateState,
    State(state): State<ExperimentState>,
    Path(key): Path<String>,
) -> Result<Json<Report>> {
    user.require(Permission::ViewReports)?;
    let report = state.report(&gate, &key).await?;
    Ok(Json(Report::clone(&report)))
}

/// Which variant everybody gets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExperimentWinnerWish)]
struct WinnerWish {
    /// Key of the variant.
    variant: String,
}

/// Give everybody the winner: what it changes is written into the definition that was varied, in
/// one step that can be taken back. The experiment's holdout keeps the baseline.
#[utoipa::path(post, path = "/api/experiments/{key}/winner", tag = "experiments",
    request_body = WinnerWish,
    extensions(("x-permission" = json!("publish"))), params(("key" = String, Path)),
    responses((status = 200, body = Definition), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn put_winner(
    user: User,
    gate: GateState,
    Path(key): Path<String>,
    Json(wish): Json<WinnerWish>,
) -> Result<Json<Definition>> {
    user.require(Permission::Publish)?;
    let now = gate.db.now();
    Ok(Json(
        roll_out(&gate, &user, &key, &wish.variant, now).await?,
    ))
}

/// Take the roll-out of a winner back: the versions before it are in use again.
#[utoipa::path(delete, path = "/api/experiments/{key}/winner", tag = "experiments",
    extensions(("x-permission" = json!("publish"))), params(("key" = String, Path)),
    responses((status = 200, body = Definition), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
async fn undo(user: User, gate: GateState, Path(key): Path<String>) -> Result<Json<Definition>> {
    user.require(Permission::Publish)?;
    Ok(Json(take_back(&gate, &user, &key).await?))
}
