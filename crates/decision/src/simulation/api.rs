//! Simulations over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::audit::{self, Entry};
use gate::{
    Created, FieldProblem, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument,
    Query, Result, User,
};
use memory::CustomerId;
use memory::criteria::Language;
use memory::interaction::DecisionId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::ProblemCode;
use store::job::{self, Job, State as JobState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, Kept};
use super::why::WhyNot;
use super::{NewSimulation, SimulationId, SimulationResult, Simulator};
use crate::Error;

/// Routes of simulations.
pub fn routes() -> OpenApiRouter<Simulator> {
    OpenApiRouter::default()
        .routes(routes!(list, start))
        .routes(routes!(one, remove))
        .routes(routes!(cancel))
        .routes(routes!(customers))
        .routes(routes!(why_not))
}

/// A simulation and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationView {
    /// Its id.
    id: SimulationId,
    /// What was asked, every version named.
    request: NewSimulation,
    /// Where it stands.
    state: JobState,
    /// Rows or customers done.
    done_count: i64,
    /// Rows or customers in all, when known.
    total_count: Option<i64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What came of it; only when one simulation is asked for, and it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<SimulationResult>,
    /// Who asked.
    author: String,
    /// When.
    created_at: Timestamp,
    /// When it last reported.
    updated_at: Timestamp,
}

impl SimulationView {
    fn of(kept: Kept, job: Option<Job>) -> SimulationView {
        let (state, error) = match &job {
            Some(job) => (job.state, job.error.clone()),
            None => (JobState::Failed, Some("its job is gone".to_owned())),
        };
        SimulationView {
            id: kept.id,
            request: kept.request,
            state,
            done_count: job.as_ref().map_or(0, |job| job.done_count),
            total_count: job.as_ref().and_then(|job| job.total_count),
            error,
            result: kept.result,
            author: kept.author,
            created_at: kept.created_at,
            updated_at: job.map_or(kept.created_at, |job| job.updated_at),
        }
    }
}

/// List simulations, newest first, without their results.
#[utoipa::path(get, path = "/api/simulations", tag = "simulations", params(PageQuery),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = Page<SimulationView>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(simulator): State<Simulator>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SimulationView>>> {
    user.require(Permission::ViewDecisions)?;
    let store = simulator.decider.memory().db();
    let before = SimulationId(page.after()?.unwrap_or(u64::MAX));
    let mut rows = vec![];
    for kept in db::page(store, before, page.limit() + 1).await? {
        let job = job::get(store, kept.job).await?;
        rows.push(SimulationView::of(kept, job));
    }
    Ok(Json(Page::of(rows, page.limit(), |row| row.id.0)))
}

/// Try rules on recorded decisions or on customers as they are now. Nothing is decided, and
/// nothing is published.
#[utoipa::path(post, path = "/api/simulations", tag = "simulations", request_body = NewSimulation,
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 201, body = SimulationView), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn start(
    user: User,
    State(simulator): State<Simulator>,
    Json(request): Json<NewSimulation>,
) -> Result<Created<SimulationView>> {
    user.require(Permission::ViewDecisions)?;
    let started = simulator.start(&request, &user.name).await?;
    let id = started.map_err(Problem::invalid)?;
    note(&simulator, &user, "start", id, &request).await?;
    view(&simulator, id).await.map(Created)
}

/// One simulation, with its result when it is done.
#[utoipa::path(get, path = "/api/simulations/{simulation_id}", tag = "simulations",
    params(("simulation_id" = SimulationId, Path)),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = SimulationView), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(simulator): State<Simulator>,
    Path(id): Path<SimulationId>,
) -> Result<Json<SimulationView>> {
    user.require(Permission::ViewDecisions)?;
    view(&simulator, id).await.map(Json)
}

async fn view(simulator: &Simulator, id: SimulationId) -> Result<SimulationView> {
    let store = simulator.decider.memory().db();
    let kept = db::get(store, id).await?.ok_or(Error::NoSimulation(id))?;
    let job = job::get(store, kept.job).await?;
    Ok(SimulationView::of(kept, job))
}

/// Notes in the audit log what somebody did with a simulation.
async fn note(
    simulator: &Simulator,
    user: &User,
    action: &'static str,
    id: SimulationId,
    request: &NewSimulation,
) -> Result<()> {
    let store = simulator.decider.memory().db();
    let name = id.to_string();
    let entry = Entry::new(action, "simulation", &name).after(request);
    Ok(audit::record(store, user, entry).await?)
}

/// A simulation that the caller may stop and remove: their own, or anybody's for whoever may edit
/// the rules that simulations try.
async fn own(simulator: &Simulator, user: &User, id: SimulationId) -> Result<Kept> {
    user.require(Permission::ViewDecisions)?;
    let kept = db::get(simulator.decider.memory().db(), id).await?;
    let kept = kept.ok_or(Error::NoSimulation(id))?;
    if kept.author != user.name {
        user.require(Permission::EditPolicies)?;
    }
    Ok(kept)
}

/// Stop a simulation that waits or runs: one's own, or anybody's with the right to edit policies.
#[utoipa::path(post, path = "/api/simulations/{simulation_id}/cancel", tag = "simulations",
    params(("simulation_id" = SimulationId, Path)),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = SimulationView), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn cancel(
    user: User,
    State(simulator): State<Simulator>,
    Path(id): Path<SimulationId>,
) -> Result<Json<SimulationView>> {
    let kept = own(&simulator, &user, id).await?;
    job::request_cancel(simulator.decider.memory().db(), kept.job).await?;
    note(&simulator, &user, "cancel", id, &kept.request).await?;
    view(&simulator, id).await.map(Json)
}

/// Remove a simulation with its result: one's own, or anybody's with the right to edit policies.
/// One that runs is stopped.
#[utoipa::path(delete, path = "/api/simulations/{simulation_id}", tag = "simulations",
    params(("simulation_id" = SimulationId, Path)),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 204), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn remove(
    user: User,
    State(simulator): State<Simulator>,
    Path(id): Path<SimulationId>,
) -> Result<StatusCode> {
    let kept = own(&simulator, &user, id).await?;
    let store = simulator.decider.memory().db();
    job::request_cancel(store, kept.job).await?;
    db::delete(store, id).await?;
    note(&simulator, &user, "remove", id, &kept.request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which customers of a result.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GroupQuery {
    /// Place of the side: 0 for the published rules, then those that were tried.
    #[serde(default)]
    side: i64,
    /// Key of the placement.
    #[serde(default)]
    placement: String,
    /// What they have in common: `nothing`, `withheld`, `changed`, `offer:<key>`,
    /// `rule:<name>` (the rule stood in the way) or `freed:<name>` (it alone did).
    #[serde(default)]
    group: String,
}

/// A customer of a result.
#[derive(Debug, Serialize, ToSchema)]
struct SimulatedCustomer {
    /// The customer.
    customer_id: CustomerId,
    /// How we call them.
    label: String,
    /// When we last heard of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<Timestamp>,
}

/// The customers that a part of a result is about, in order of their numbers.
#[utoipa::path(get, path = "/api/simulations/{simulation_id}/customers", tag = "simulations",
    params(("simulation_id" = SimulationId, Path), GroupQuery, PageQuery),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<SimulatedCustomer>), (status = 404, body = ProblemDocument)))]
async fn customers(
    user: User,
    State(simulator): State<Simulator>,
    Path(id): Path<SimulationId>,
    Query(group): Query<GroupQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SimulatedCustomer>>> {
    user.require(Permission::ViewCustomers)?;
    let memory = simulator.decider.memory();
    db::get(memory.db(), id)
        .await?
        .ok_or(Error::NoSimulation(id))?;
    let GroupQuery {
        side,
        placement,
        group,
    } = group;
    let who = db::group(memory.db(), id, side, &placement, &group).await?;
    let who = who.unwrap_or_default();
    let after: u64 = page.after()?.unwrap_or(0);
    let wanted = usize::try_from(page.limit()).unwrap_or_default() + 1;
    let from = who.rank(after);
    let ids: Vec<u64> = (from..who.len())
        .map_while(|n| who.select(n))
        .take(wanted)
        .collect();
    let mut rows = vec![];
    for id in ids {
        let id = CustomerId(id);
        let known = memory.customer(id).await?;
        rows.push(SimulatedCustomer {
            customer_id: id,
            label: known
                .as_ref()
                .map(|known| known.state.label())
                .unwrap_or_default(),
            last_seen_at: known.map(|known| known.state.last_seen_at),
        });
    }
    Ok(Json(Page::of(rows, page.limit(), |row| row.customer_id.0)))
}

/// Which offer is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhyNotQuery {
    /// Key of the placement.
    #[serde(default)]
    placement: String,
    /// Key of the offer.
    #[serde(default)]
    offer: String,
    /// Language of conditions: `en` or `zh`.
    #[serde(default)]
    language: Language,
}

/// What would have made another offer win: the smallest change of rules, found by making the
/// decision again.
#[utoipa::path(get, path = "/api/decisions/{decision_id}/why-not", tag = "decisions",
    params(("decision_id" = DecisionId, Path), WhyNotQuery),
    extensions(("x-permission" = json!("view_decisions"))),
    responses((status = 200, body = WhyNot), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn why_not(
    user: User,
    State(simulator): State<Simulator>,
    Path(id): Path<DecisionId>,
    Query(query): Query<WhyNotQuery>,
) -> Result<Json<WhyNot>> {
    user.require(Permission::ViewDecisions)?;
    let WhyNotQuery {
        placement,
        offer,
        language,
    } = query;
    let named = [("placement", &placement), ("offer", &offer)];
    let missing = named.into_iter().filter(|(_, key)| key.is_empty());
    let missing: Vec<FieldProblem> = missing.map(|(name, _)| parameter_missing(name)).collect();
    if !missing.is_empty() {
        return Err(Problem::invalid(missing));
    }
    let decider = &simulator.decider;
    if let Some(answer) = decider.why_not(id, &placement, &offer, language).await? {
        return Ok(Json(answer));
    }
    decider.decision(id).await?.ok_or(Error::NoDecision(id))?;
    let detail = format!("{offer} was no candidate at {placement} in decision {id}");
    Err(Problem::not_found(detail).hint("name a placement and an offer of the decision's record"))
}

fn parameter_missing(name: &str) -> FieldProblem {
    let said = (
        ProblemCode::Missing,
        format!("the parameter {name} is missing"),
    );
    FieldProblem::new(format!("/{name}"), said)
        .with("field", name)
        .hint(format!("name the {name} of the decision's record"))
}
