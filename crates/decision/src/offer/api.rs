//! Offers over HTTP, besides what every definition has.

use axum::extract::State;
use gate::{Json, Path, Permission, ProblemDocument, Result, User};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::purchases::MatchedPurchase;
use crate::Decider;

/// Routes of offers.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(purchases))
}

/// List the newest purchases that accepted an offer without a code.
#[utoipa::path(get, path = "/api/offers/{key}/purchases", tag = "offers",
    extensions(("x-permission" = json!("view_customers"))), params(("key" = String, Path)),
    responses((status = 200, body = Vec<MatchedPurchase>), (status = 403, body = ProblemDocument)))]
async fn purchases(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<Vec<MatchedPurchase>>> {
    user.require(Permission::ViewCustomers)?;
    Ok(Json(decider.purchases(&offer).await?))
}
