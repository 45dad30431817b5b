//! API keys over HTTP.

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{IssuedKey, KeyId, KeyRecord, NewKey, create, db, hint, new_secret, secret_hash};
use crate::audit::{self, Entry};
use crate::problem::{Problem, ProblemDocument, Result, code};
use crate::user::{Permission, User};
use crate::{Created, GateState, Json, Page, PageQuery, Path, Query};

/// Routes of API keys.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(list, issue))
        .routes(routes!(revoke))
        .routes(routes!(rotate))
}

/// List the API keys, without their secrets.
#[utoipa::path(get, path = "/api/keys", tag = "keys", params(PageQuery),
    extensions(("x-permission" = json!("manage_keys"))),
    responses((status = 200, body = Page<KeyRecord>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<KeyRecord>>> {
    user.require(Permission::ManageKeys)?;
    let after = KeyId(page.after()?.unwrap_or(0));
    let rows = db::list(&gate.db, after, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |key| key.id.0)))
}

/// Create an API key. The answer is the only one that holds the secret.
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = NewKey,
    extensions(("x-permission" = json!("manage_keys"))),
    responses((status = 201, body = IssuedKey), (status = 422, body = ProblemDocument)))]
async fn issue(user: User, gate: GateState, Json(new): Json<NewKey>) -> Result<Created<IssuedKey>> {
    user.require(Permission::ManageKeys)?;
    Ok(Created(create(&gate.db, &user, new).await?))
}

/// Revoke an API key. Other processes refuse it within a second.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "keys", params(("id" = KeyId, Path)),
    extensions(("x-permission" = json!("manage_keys"))),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn revoke(user: User, gate: GateState, Path(id): Path<KeyId>) -> Result<StatusCode> {
    user.require(Permission::ManageKeys)?;
    let now = gate.db.now();
    let mut tx = gate.db.begin().await?;
    let key = db::locked(&mut tx, id).await?.ok_or_else(|| no_key(id))?;
    if key.revoked_at.is_none() {
        db::revoke(&mut tx, id, now).await?;
        let entry = Entry::new("revoke", "key", &id.to_string()).before(&key);
        audit::append(&mut tx, now, &user, entry).await?;
        tx.commit().await?;
    }
    gate.keys.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Give an API key another secret; the old one stops working.
#[utoipa::path(post, path = "/api/keys/{id}/rotate", tag = "keys", params(("id" = KeyId, Path)),
    extensions(("x-permission" = json!("manage_keys"))),
    responses((status = 200, body = IssuedKey), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn rotate(user: User, gate: GateState, Path(id): Path<KeyId>) -> Result<Json<IssuedKey>> {
    user.require(Permission::ManageKeys)?;
    let secret = new_secret(&gate.db);
    let mut tx = gate.db.begin().await?;
    let mut key = db::locked(&mut tx, id).await?.ok_or_else(|| no_key(id))?;
    if key.revoked_at.is_some() {
        return Err(Problem::new(code::CONFLICT).detail("the key is revoked"));
    }
    key.hint = hint(&secret);
    db::rotate(&mut tx, id, &secret_hash(&secret), &key.hint).await?;
    let entry = Entry::new("rotate", "key", &id.to_string());
    audit::append(&mut tx, gate.db.now(), &user, entry).await?;
    tx.commit().await?;
    gate.keys.forget();
    Ok(Json(IssuedKey { key, secret }))
}

fn no_key(id: KeyId) -> Problem {
    Problem::not_found(format!("there is no key {id}"))
}
