//! Everything of decisions over HTTP.

use utoipa_axum::router::OpenApiRouter;

use crate::targeting::Decider;

/// Every route of decisions.
pub fn routes() -> OpenApiRouter<Decider> {
    crate::targeting::api::routes()
        .merge(crate::offer::api::routes())
        .merge(crate::learning::api::routes())
}
