//! Journeys over HTTP: who is where.

use axum::extract::State;
use gate::{Json, Page, PageQuery, Path, Permission, Query, User};
use memory::{CustomerId, Memory};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{InstanceId, State as InstanceState, db};

/// The routes of journeys; their definitions are the gate's.
pub fn routes() -> OpenApiRouter<Memory> {
    OpenApiRouter::default()
        .routes(routes!(counts))
        .routes(routes!(instances))
}

/// How many customers are where in a journey.
#[derive(Debug, Serialize, ToSchema)]
struct JourneyCounts {
    /// Step by step.
    steps: Vec<StepCount>,
    /// By state.
    states: StateCounts,
    /// When this was counted.
    counted_at: Timestamp,
}

/// How many customers entered a step, and are there now.
#[derive(Debug, Serialize, ToSchema)]
struct StepCount {
    /// The step.
    step: String,
    /// How many ever entered it.
    entered: i64,
    /// How many are there now.
    inside: i64,
}

/// How many instances are in each state.
#[derive(Debug, Default, Serialize, ToSchema)]
struct StateCounts {
    /// The waiting time of the entry runs.
    pending: i64,
    /// At a step.
    inside: i64,
    /// At an end.
    done: i64,
    /// Ended by an event.
    cancelled: i64,
    /// A step failed again and again.
    failed: i64,
}

/// Count who is where in a journey.
#[utoipa::path(
    get, path = "/api/journeys/{key}/counts", tag = "journeys",
    params(("key" = String, Path, description = "The journey")),
    responses((status = 200, body = JourneyCounts)),
    extensions(("x-permission" = json!("view_definitions")))
)]
async fn counts(
    user: User,
    State(memory): State<Memory>,
    Path(key): Path<String>,
) -> gate::Result<Json<JourneyCounts>> {
    user.require(Permission::ViewDefinitions)?;
    let entered = db::entered(memory.db(), &key).await?;
    let standing = db::standing(memory.db(), &key).await?;
    Ok(Json(counted(entered, standing, memory.db().now())))
}

fn counted(
    entered: Vec<(String, i64)>,
    standing: Vec<(String, Option<String>, i64)>,
    counted_at: Timestamp,
) -> JourneyCounts {
    let mut states = StateCounts::default();
    let mut steps: Vec<StepCount> = entered
        .into_iter()
        .map(|(step, entered)| StepCount {
            step,
            entered,
            inside: 0,
        })
        .collect();
    for (state, step, count) in standing {
        let Some(state) = InstanceState::named(&state) else {
            continue;
        };
        match state {
            InstanceState::Pending => states.pending += count,
            InstanceState::Inside => states.inside += count,
            InstanceState::Done => states.done += count,
            InstanceState::Cancelled => states.cancelled += count,
            InstanceState::Failed => states.failed += count,
        }
        if state != InstanceState::Inside {
            continue;
        }
        if let Some(known) = steps
            .iter_mut()
            .find(|known| Some(&known.step) == step.as_ref())
        {
            known.inside += count;
        }
    }
    JourneyCounts {
        steps,
        states,
        counted_at,
    }
}

/// Which instances are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InstanceQuery {
    /// Only those in this state.
    state: Option<InstanceState>,
    /// Only those at this step.
    step: Option<String>,
}

/// A customer on their way, as it is listed.
#[derive(Debug, Serialize, ToSchema)]
struct InstanceItem {
    /// Its id.
    id: InstanceId,
    /// Whose.
    customer_id: CustomerId,
    /// How we call the customer.
    customer_label: String,
    /// What tells it apart (the cart).
    key: String,
    /// The version it entered with.
    version: i64,
    /// Where it stands.
    state: InstanceState,
    /// The step it is at.
    step: Option<String>,
    /// When it goes on.
    due_at: Timestamp,
    /// Why it ended, or why its step failed.
    reason: Option<String>,
    /// When it began.
    entered_at: Timestamp,
    /// When it last moved.
    updated_at: Timestamp,
}

/// List customers on their way through a journey, newest first.
#[utoipa::path(
    get, path = "/api/journeys/{key}/instances", tag = "journeys",
    params(("key" = String, Path, description = "The journey"), InstanceQuery, PageQuery),
    responses((status = 200, body = Page<InstanceItem>)),
    extensions(("x-permission" = json!("view_customers")))
)]
async fn instances(
    user: User,
    State(memory): State<Memory>,
    Path(key): Path<String>,
    Query(wanted): Query<InstanceQuery>,
    Query(page): Query<PageQuery>,
) -> gate::Result<Json<Page<InstanceItem>>> {
    user.require(Permission::ViewCustomers)?;
    let before = page.after::<i64>()?.unwrap_or(i64::MAX);
    let step = wanted.step.as_deref();
    let limit = page.limit();
    let found = db::page(memory.db(), &key, wanted.state, step, before, limit + 1).await?;
    let mut items = Vec::with_capacity(found.len());
    for instance in found {
        let customer = memory.customer(instance.customer_id).await?;
        items.push(InstanceItem {
            id: instance.id,
            customer_id: customer
                .as_ref()
                .map_or(instance.customer_id, |known| known.id),
            customer_label: customer
                .map(|known| known.state.label())
                .unwrap_or_default(),
            key: instance.key,
            version: instance.version,
            state: instance.state,
            step: instance.step,
            due_at: instance.due_at,
            reason: instance.reason,
            entered_at: instance.entered_at,
            updated_at: instance.updated_at,
        });
    }
    Ok(Json(Page::of(items, limit, |last| last.id.0 as i64)))
}
