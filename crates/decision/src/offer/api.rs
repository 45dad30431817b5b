//! Offers over HTTP, besides what every definition has.

use axum::extract::State;
use gate::{Json, Path, Permission, ProblemDocument, Result, User};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::counts::OfferCounts;
use crate::Decider;

/// Routes of offers.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(counts))
}

/// What became of an offer.
#[derive(Debug, Serialize, ToSchema)]
struct OfferResults {
    /// Key of the offer.
    offer: String,
    /// When it was counted; at most ten seconds ago.
    as_of: Timestamp,
    /// Older interactions were not counted; null when all were.
    since: Option<Timestamp>,
    /// The numbers.
    #[serde(flatten)]
    counts: OfferCounts,
}

/// Count what became of an offer: presented, clicked, accepted, rejected, by channel and day.
#[utoipa::path(get, path = "/api/offers/{key}/counts", tag = "offers",
    extensions(("x-permission" = json!("view_reports"))), params(("key" = String, Path)),
    responses((status = 200, body = OfferResults), (status = 403, body = ProblemDocument)))]
async fn counts(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<OfferResults>> {
    user.require(Permission::ViewReports)?;
    let (tally, as_of) = decider.tally().await?;
    let counts = tally.offers.get(&offer).cloned().unwrap_or_default();
    Ok(Json(OfferResults {
        offer,
        as_of,
        since: tally.since,
        counts,
    }))
}
