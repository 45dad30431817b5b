//! The clock of stories: a test moves it by hand. Exists only with `--clock manual:…`.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use store::{Clock, Timestamp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

#[derive(Serialize)]
struct Now {
    now: Timestamp,
}

/// `POST /test/clock {"advance_ms": …}`; nothing at all on the system's clock.
pub fn routes(clock: &Clock) -> Router {
    if !clock.manual_mode() {
        return Router::new();
    }
    // plain routes: not there but in stories.
    Router::new()
        .route("/test/clock", post(advance))
        .with_state(clock.clone())
}

async fn advance(State(clock): State<Clock>, Json(by): Json<Advance>) -> Json<Now> {
    clock.advance_ms(by.advance_ms);
    Json(Now { now: clock.now() })
}

/// Reads `system` or `manual:<RFC 3339>`.
pub fn parse(text: &str) -> Result<Clock, String> {
    if text == "system" {
        return Ok(Clock::system());
    }
    let start = text.strip_prefix("manual:").and_then(Timestamp::parse);
    let start = start.ok_or("expected system or manual:2026-03-02T09:00:00Z")?;
    Ok(Clock::manual(start))
}
