//! Everything of decisions over HTTP.

use utoipa_axum::router::OpenApiRouter;

use crate::targeting::Decider;

/// Every route of decisions.
pub fn routes() -> OpenApiRouter<Decider> {
    crate::targeting::api::routes()
        .merge(crate::learning::api::routes())
        .merge(crate::offer::recall::api::routes())
        .merge(crate::offer::success::api::routes())
        .merge(crate::offer_list::api::routes())
        .merge(crate::code::api::routes())
        .merge(crate::conflict::api::routes())
        .merge(crate::coupon::api::routes())
        .merge(crate::redemption::api::routes())
        .merge(crate::targeting::sensitivity::api::routes())
        .merge(crate::offer::api::routes())
        .merge(crate::cap::api::routes())
        .merge(crate::customer_table::api::routes())
        .merge(crate::session::api::routes())
        .merge(crate::openfeature::api::routes())
        .merge(crate::worth::api::routes())
}
