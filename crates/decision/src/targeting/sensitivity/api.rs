//! Sensitivity of strategies over HTTP.

use axum::extract::State;
use gate::{GateState, Json, Permission, Problem, ProblemDocument, Result, User};
use memory::customer::search::Place;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Sensitivity, with_draft};
use crate::Decider;
use crate::targeting::DecisionRequest;

/// Customers looked at unless the caller says otherwise.
const CUSTOMERS: u32 = 200;
/// The most customers looked at.
const LARGEST_CUSTOMERS: u32 = 1_000;

/// Routes of sensitivity.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(sensitivity))
}

/// A draft to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Trial {
    /// Key of the strategy.
    key: String,
    /// Its body as it would be published.
    #[schema(value_type = crate::targeting::strategy::Strategy)]
    body: Value,
    /// Placements to look at; all that change unless given.
    #[serde(default)]
    placements: Vec<String>,
    /// Circumstances to assume.
    #[serde(default)]
    #[schema(value_type = Object)]
    context: Map<String, Value>,
    /// How many of the customers seen last to look at; 200 unless given, at most 1000.
    customers: Option<u32>,
}

/// Show how the winners would change if a draft of a strategy were published. Nothing is decided.
#[utoipa::path(post, path = "/api/strategies/sensitivity", tag = "strategies",
    request_body = Trial, extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = Sensitivity), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn sensitivity(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Json(trial): Json<Trial>,
) -> Result<Json<Sensitivity>> {
    user.require(Permission::ViewDecisions)?;
    let published = gate.published.now();
    let after = with_draft(&published.definitions, &trial.key, &trial.body);
    let after = after.map_err(|problems| {
        let within = |problem: gate::FieldProblem| gate::FieldProblem {
            path: format!("/body{}", problem.path),
            ..problem
        };
        Problem::invalid(problems.into_iter().map(within).collect())
    })?;
    let limit = trial
        .customers
        .unwrap_or(CUSTOMERS)
        .clamp(1, LARGEST_CUSTOMERS);
    let memory = decider.memory();
    let found = memory.search("", Place::START, i64::from(limit)).await?;
    let customers: Vec<_> = found
        .then
        .into_iter()
        .map(|(customer, _)| customer)
        .collect();
    let (before, now) = (decider.catalog(), memory.db().now());
    let asked = DecisionRequest {
        placements: trial.placements,
        context: trial.context,
        ..DecisionRequest::default()
    };
    let compared = tokio::task::spawn_blocking(move || {
        decider.compare(&before, &after, &customers, &asked, now)
    });
    Ok(Json(compared.await.map_err(Problem::internal)?))
}
