//! Suppression lists over HTTP.

use axum::extract::State;
use gate::{Json, Path, Permission, ProblemDocument, Result, User};
use memory::CustomerId;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Suppressed, db};
use crate::segment::api::SegmentState;
use crate::targeting::pipeline::MARKETING;
use crate::{Channel, Decider};

/// Routes of suppression lists.
pub fn routes() -> OpenApiRouter<SegmentState> {
    OpenApiRouter::default()
        .routes(routes!(figures))
        .routes(routes!(of_customer))
        .merge(super::entry::api::routes())
}

/// A published list and how many it holds.
#[derive(Debug, Serialize, ToSchema)]
struct SuppressionFigures {
    /// Its key.
    list: String,
    /// How many identifiers it holds.
    entries: i64,
    /// When the newest was added.
    newest_at: Option<Timestamp>,
    /// False when the list has ended.
    in_force: bool,
}

/// List the published suppression lists with their sizes.
#[utoipa::path(get, path = "/api/suppression-lists", tag = "suppression",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<SuppressionFigures>)))]
async fn figures(
    user: User,
    State(state): State<SegmentState>,
) -> Result<Json<Vec<SuppressionFigures>>> {
    user.require(Permission::ViewReports)?;
    let store = state.decider.memory().db();
    let now = store.now();
    let mut shown = vec![];
    for (key, body) in &state.decider.catalog().suppression_lists {
        let (entries, newest_at) = db::figures(store, key).await?;
        shown.push(SuppressionFigures {
            list: key.clone(),
            entries,
            newest_at,
            in_force: body.expires_at.is_none_or(|end| now < end),
        });
    }
    Ok(Json(shown))
}

/// Why one channel is closed for a customer.
#[derive(Debug, Serialize, ToSchema)]
struct ClosedChannel {
    /// The channel.
    channel: Channel,
    /// Why.
    #[serde(flatten)]
    suppressed: Suppressed,
}

/// List the channels that suppression lists close for a customer.
#[utoipa::path(get, path = "/api/customers/{id}/suppressions", tag = "suppression",
    params(("id" = CustomerId, Path)),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Vec<ClosedChannel>), (status = 404, body = ProblemDocument)))]
async fn of_customer(
    user: User,
    State(state): State<SegmentState>,
    Path(id): Path<CustomerId>,
) -> Result<Json<Vec<ClosedChannel>>> {
    user.require(Permission::ViewCustomers)?;
    let found = state.decider.memory().customer(id).await?;
    let customer = found.ok_or(memory::Error::NoCustomer(id))?;
    Ok(Json(closed(&state.decider, &customer)))
}

fn closed(decider: &Decider, customer: &memory::Customer) -> Vec<ClosedChannel> {
    let (suppressions, now) = (decider.suppressions(), decider.memory().db().now());
    let closed = Channel::ALL.into_iter().filter_map(|channel| {
        let word = channel.word();
        let found = suppressions.listed(customer.id, &customer.state, word, MARKETING, now);
        found.map(|suppressed| ClosedChannel {
            channel,
            suppressed,
        })
    });
    closed.collect()
}
