//! Idempotency keys: the same call with the same key gets the same answer for 24 hours.

mod db;
#[cfg(test)]
mod tests;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::Db;
use tracing::Instrument;

use crate::problem::{Problem, Result, code};

pub use db::forget_old;

/// How long an answer is given again.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// After so long a call that was never answered counts as lost, and its key is free again.
const LOST_MS: i64 = 60_000;
/// Longest key.
const LONGEST_KEY: usize = 255;
/// Largest answer that is kept; larger ones are a mistake of ours.
const LARGEST_ANSWER: usize = 1 << 20;

/// The key in the headers of a call.
pub fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > LONGEST_KEY {
        let problem = Problem::new(code::INVALID_QUERY);
        return Err(problem.detail("Idempotency-Key has 1 to 255 visible characters"));
    }
    Ok(Some(text.to_owned()))
}

/// Where a call with a key stands.
enum Claim {
    /// It is the first: do it, then answer.
    First,
    /// It was answered before.
    Answered(Answer),
    /// It is being done at this moment.
    InFlight,
    /// The key was used with another body.
    OtherBody,
}

/// A kept answer.
struct Answer {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

/// Does `work` once for a key: a repetition gets the first answer, another body 422, a call while
/// the first still runs 409. `scope` keeps keys of different callers and addresses apart, for
/// example `decisions:key_1`. An answer of 5xx is not kept, so that the call can be tried again.
///
/// Work with a key goes on when the caller has stopped waiting, so that a repetition finds its
/// answer and what it did is not done twice.
pub async fn once(
    db: &Db,
    scope: &str,
    key: Option<&str>,
    body: &[u8],
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response> {
    let Some(key) = key else {
        return Ok(work.await);
    };
    let body_hash = blake3::hash(body).to_hex().to_string();
    let (db, scope, key) = (db.clone(), scope.to_owned(), key.to_owned());
    // Boxed, so that calls without a key carry none of it.
    let done = Box::pin(async move { claimed(&db, (&scope, &key), &body_hash, work).await });
    let done = tokio::spawn(done.in_current_span());
    done.await.map_err(Problem::internal)?
}

async fn claimed(
    db: &Db,
    (scope, key): (&str, &str),
    body_hash: &str,
    work: impl Future<Output = Response>,
) -> Result<Response> {
    match db::claim(db, scope, key, body_hash).await? {
        Claim::First => {}
        Claim::Answered(answer) => return Ok(again(answer)),
        Claim::InFlight => return Err(Problem::new(code::IN_FLIGHT).retry_after(1)),
        Claim::OtherBody => return Err(Problem::new(code::KEY_REUSED)),
    }
    let (parts, body) = work.await.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_ANSWER).await;
    let bytes = bytes.map_err(Problem::internal)?;
    if parts.status.is_server_error() {
        db::free(db, scope, key).await?;
    } else {
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let answer = Answer {
            status: parts.status.as_u16(),
            content_type: kind
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: bytes.to_vec(),
        };
        db::answer(db, scope, key, &answer).await?;
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    if let Ok(kind) = HeaderValue::from_str(&answer.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    let replayed = HeaderValue::from_static("true");
    response
        .headers_mut()
        .insert("idempotency-replayed", replayed);
    response
}
