//! Sessions of browsers: a cookie that only the server can read, and a token against forgery.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::GateState;
use crate::problem::{Problem, Result, code};
use crate::user::{Access, Account, Permission};

/// The cookie. `__Host-` makes browsers insist on Secure, Path=/ and no Domain. Browsers treat
/// loopback addresses as secure, so it also works on http://127.0.0.1.
pub const COOKIE: &str = "__Host-rapport";
/// The header with which our own pages prove that a call is theirs.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// A session ends when nobody used it for so long: 12 hours.
pub const IDLE_MS: i64 = 12 * 3_600_000;
/// A session ends at the latest: 7 days.
pub const ABSOLUTE_MS: i64 = 7 * 24 * 3_600_000;
/// How stale `seen_at` may get before it is written again: a minute.
const SEEN_STEP_MS: i64 = 60_000;

/// What a browser sends to sign in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address of the account.
    #[schema(example = "ann@example.com")]
    pub email: String,
    /// Its password.
    #[schema(example = "violet tractor 9")]
    pub password: String,
}

/// Who is signed in, and what the page needs to make calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// The person.
    pub user: Account,
    /// Everything the person may do.
    pub permissions: Vec<Permission>,
    /// Value of the header `X-CSRF-Token` for every call that changes something.
    pub csrf_token: String,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// The hash under which a token is kept.
pub fn token_hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

/// The token against forgery that belongs to a session: derived, so nothing is kept of it.
pub fn csrf_token(token: &str) -> String {
    let key = blake3::derive_key("rapport 2026 csrf token of a session", token.as_bytes());
    blake3::Hash::from(key).to_hex()[..43].to_owned()
}

/// The cookie as it is set.
pub fn cookie(token: &str, max_age_seconds: i64) -> String {
    format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}")
}

/// The token in the cookies of a call.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == COOKIE)?;
    (!token.is_empty()).then(|| token.to_owned())
}

/// Who is signed in; a call that changes something must carry the token against forgery.
pub(crate) async fn of_request(gate: &GateState, parts: &Parts) -> Result<(Access, String)> {
    let token = token(&parts.headers).ok_or_else(|| Problem::new(code::NOT_SIGNED_IN))?;
    let found = current(gate, &token).await?;
    if changes_something(&parts.method) {
        check_csrf(&parts.headers, &token)?;
    }
    let account = found.account;
    Ok((Access::Session(account.id, account.role), account.name))
}

/// The session of a token, unless it is too old or its account is closed.
pub(crate) async fn current(gate: &GateState, token: &str) -> Result<db::Found> {
    let hash = token_hash(token);
    let found = db::find(&gate.db, &hash).await?;
    let found = found.ok_or_else(|| Problem::new(code::NOT_SIGNED_IN))?;
    let now = gate.db.now();
    if !alive(found.created_at, found.seen_at, now) || found.account.disabled {
        db::end(&gate.db, &hash).await?;
        return Err(Problem::new(code::NOT_SIGNED_IN).detail("the session has ended"));
    }
    if now.since_ms(found.seen_at) >= SEEN_STEP_MS {
        db::seen(&gate.db, &hash, now).await?;
    }
    Ok(found)
}

/// Whether a session still counts.
pub fn alive(created_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> bool {
    now.since_ms(created_at) < ABSOLUTE_MS && now.since_ms(seen_at) < IDLE_MS
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn check_csrf(headers: &HeaderMap, token: &str) -> Result<()> {
    let sent = headers.get(CSRF_HEADER).map(|v| v.as_bytes());
    let expected = csrf_token(token);
    // Compared as hashes, so that the time of the comparison tells nothing.
    let right = sent.map(blake3::hash) == Some(blake3::hash(expected.as_bytes()));
    if right {
        return Ok(());
    }
    Err(Problem::new(code::CSRF_TOKEN)
        .hint("send X-CSRF-Token with csrf_token of GET /api/session"))
}
