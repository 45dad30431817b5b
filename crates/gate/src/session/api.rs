//! Signing in and out over HTTP, and the first administrator.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ABSOLUTE_MS, Session, SignIn, cookie, csrf_token, db, token, token_hash};
use crate::audit::{self, Entry};
use crate::problem::{Problem, ProblemDocument, Result, code};
use crate::user::{self, Access, Account, NewAccount, Role, User, UserId};
use crate::{GateState, Json, Origin, setup};

/// Routes of signing in and of the first start.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(current, sign_in, sign_out))
        .routes(routes!(setup_state, set_up))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", tag = "session",
    extensions(("x-permission" = json!("signed_in"))),
    responses((status = 200, body = Session), (status = 401, body = ProblemDocument)))]
async fn current(gate: GateState, headers: HeaderMap) -> Result<Json<Session>> {
    let token = token(&headers).ok_or_else(|| Problem::new(code::NOT_SIGNED_IN))?;
    let found = super::current(&gate, &token).await?;
    let expires_at = found.created_at.plus_ms(ABSOLUTE_MS);
    Ok(Json(session(found.account, &token, expires_at)))
}

/// Sign in. The answer sets the cookie `__Host-rapport`.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    extensions(("x-permission" = json!("open"))),
    responses((status = 200, body = Session), (status = 401, body = ProblemDocument),
        (status = 429, body = ProblemDocument)))]
async fn sign_in(gate: GateState, origin: Origin, Json(sign_in): Json<SignIn>) -> Result<Response> {
    let account = setup::sign_in(&gate, &origin.address, sign_in).await?;
    begin(&gate, &origin.address, account).await
}

/// Sign out.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    extensions(("x-permission" = json!("signed_in"))),
    responses((status = 204), (status = 401, body = ProblemDocument)))]
async fn sign_out(user: User, gate: GateState, headers: HeaderMap) -> Result<impl IntoResponse> {
    if let Some(token) = token(&headers) {
        db::end(&gate.db, &token_hash(&token)).await?;
        audit::record(
            &gate.db,
            &user,
            Entry::new("sign_out", "session", &user.actor()),
        )
        .await?;
    }
    let gone = AppendHeaders([(header::SET_COOKIE, cookie("", 0))]);
    Ok((StatusCode::NO_CONTENT, gone))
}

/// Whether the first administrator is still to be made.
#[derive(Debug, Serialize, ToSchema)]
struct SetupState {
    /// True while there is no account at all.
    needed: bool,
}

/// Whether this installation still needs its first administrator.
#[utoipa::path(get, path = "/api/setup", tag = "session",
    extensions(("x-permission" = json!("open"))),
    responses((status = 200, body = SetupState)))]
async fn setup_state(gate: GateState) -> Result<Json<SetupState>> {
    let needed = !user::db::any(&gate.db).await?;
    Ok(Json(SetupState { needed }))
}

/// The first administrator.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstAdministrator {
    /// The address to sign in with.
    #[schema(example = "ann@example.com")]
    email: String,
    /// Name for lists and logs.
    #[schema(example = "Ann")]
    name: String,
    /// At least 12 characters.
    #[schema(example = "violet tractor 9")]
    password: String,
}

/// Make the first administrator and sign in. Possible only while there is no account.
#[utoipa::path(post, path = "/api/setup", tag = "session", request_body = FirstAdministrator,
    extensions(("x-permission" = json!("open"))),
    responses((status = 200, body = Session), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn set_up(
    gate: GateState,
    origin: Origin,
    Json(first): Json<FirstAdministrator>,
) -> Result<Response> {
    let new = NewAccount {
        email: first.email,
        name: first.name,
        role: Role::Administrator,
        password: first.password,
    };
    let account = setup::first_administrator(&gate, &origin.address, new).await?;
    begin(&gate, &origin.address, account).await
}

async fn begin(gate: &GateState, address: &str, account: Account) -> Result<Response> {
    let token = gate.db.random().token();
    db::begin(&gate.db, &token_hash(&token), account.id, address).await?;
    let user = signed_in(&account, address);
    audit::record(
        &gate.db,
        &user,
        Entry::new("sign_in", "session", &user.actor()),
    )
    .await?;
    let cookie = cookie(&token, ABSOLUTE_MS / 1000);
    let expires_at = gate.db.now().plus_ms(ABSOLUTE_MS);
    let body = Json(session(account, &token, expires_at));
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), body).into_response())
}

fn signed_in(account: &Account, address: &str) -> User {
    let id: UserId = account.id;
    User {
        access: Access::Session(id, account.role),
        name: account.name.clone(),
        address: address.to_owned(),
    }
}

fn session(account: Account, token: &str, expires_at: store::Timestamp) -> Session {
    Session {
        permissions: account.role.permissions(),
        user: account,
        csrf_token: csrf_token(token),
        expires_at,
    }
}
