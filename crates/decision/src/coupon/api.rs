//! The keys of coupons over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::{Created, GateState, Json, Permission, ProblemDocument, Result, User};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::PublicKey;
use crate::Decider;

/// Routes of the keys of coupons.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(public))
        .routes(routes!(list, rotate))
}

/// The keys with which coupons are verified.
#[derive(Debug, Serialize, ToSchema)]
struct CouponKeys {
    /// Newest first; the first one signs.
    keys: Vec<PublicKey>,
}

/// Read the public keys with which a till verifies coupons. Nobody has to be signed in.
#[utoipa::path(get, path = "/api/coupons/public-keys", tag = "coupons",
    extensions(("x-permission" = json!("open"))),
    responses((status = 200, body = CouponKeys)))]
async fn public(State(decider): State<Decider>) -> Result<Json<CouponKeys>> {
    let keys = decider.coupon_public_keys().await?;
    Ok(Json(CouponKeys { keys }))
}

/// List the keys that sign coupons.
#[utoipa::path(get, path = "/api/coupons/keys", tag = "coupons",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = CouponKeys), (status = 403, body = ProblemDocument)))]
async fn list(user: User, State(decider): State<Decider>) -> Result<Json<CouponKeys>> {
    user.require(Permission::ViewDefinitions)?;
    let keys = decider.coupon_public_keys().await?;
    Ok(Json(CouponKeys { keys }))
}

/// Make a new key that signs coupons from now on. Coupons of the older keys stay valid until they
/// end; tills need the new public key before they meet a new coupon.
#[utoipa::path(post, path = "/api/coupons/keys", tag = "coupons",
    extensions(("x-permission" = json!("manage_keys"))),
    responses((status = 201, body = PublicKey), (status = 403, body = ProblemDocument)))]
async fn rotate(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
) -> Result<Created<PublicKey>> {
    user.require(Permission::ManageKeys)?;
    let key = decider.rotate_coupon_keys().await?;
    let entry = Entry::new("rotate", "coupon_key", &key.id.to_string()).after(&key);
    audit::record(&gate.db, &user, entry).await?;
    Ok(Created(key))
}
