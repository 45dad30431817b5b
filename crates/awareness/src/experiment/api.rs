//! Experiments over HTTP, besides what every definition has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use gate::{GateState, Json, Path, Permission, Problem, ProblemDocument, Result, User};
use memory::Memory;
use parking_lot::Mutex;
use serde::Deserialize;
use store::definition::{self, Definition};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::report::{Report, Source, report};
use super::roll_out::{read, roll_out, take_back};
use super::{KIND_NAME, gather};
use crate::Error;

/// How long a report is kept at least while the log grows.
const KEPT: Duration = Duration::from_secs(2);
/// And how many times as long as it took to make.
const KEPT_TIMES: u32 = 10;

/// What handlers of experiments need. Cheap to clone.
#[derive(Clone)]
pub struct ExperimentState(Arc<Inner>);

struct Inner {
    memory: Memory,
    kept: Mutex<HashMap<String, Kept>>,
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
        }))
    }

    /// The report of an experiment in the version that is in use, or else in its newest.
    async fn report(&self, gate: &GateState, key: &str) -> Result<Arc<Report>> {
        let memory = &self.0.memory;
        let definition = version(gate, key).await?;
        let newest = memory::log::db::newest(memory.db()).await?;
        let known = self.0.kept.lock().get(key).cloned();
        if let Some(known) = known.filter(|known| known.hash == definition.hash)
            && (known.newest == newest || Instant::now() < known.until)
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
        .routes(routes!(results))
        .routes(routes!(put_winner))
        .routes(routes!(undo))
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
