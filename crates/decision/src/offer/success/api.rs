//! Success over time over HTTP.

use axum::extract::State;
use gate::{FieldProblem, Json, Path, Permission, Problem, ProblemDocument, Query, Result, User};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{DAY_MS, LONGEST_DAYS, Success};
use crate::Decider;

/// Days unless others are asked for.
const DAYS: i64 = 28;

/// Routes of success over time.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(success))
}

/// Which days.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How many days, 1 to 366; 28 unless given.
    days: Option<i64>,
    /// The last day (UTC), like `2026-03-01`; today unless given.
    until: Option<String>,
}

/// Count what became of an offer in the last days, by channel and day, and in as many days before:
/// presented, viewed, clicked, accepted, rejected, revenue, cost, margin, and the difference to
/// those from whom it was withheld.
#[utoipa::path(get, path = "/api/offers/{key}/success", tag = "offers",
    extensions(("x-permission" = json!("view_reports"))), params(("key" = String, Path), Wanted),
    responses((status = 200, body = Success), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn success(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Success>> {
    user.require(Permission::ViewReports)?;
    let days = wanted.days.unwrap_or(DAYS);
    let today = decider.memory().db().now().0.div_euclid(DAY_MS);
    let last = wanted.until.as_deref().map_or(Some(today), day_of);
    let mut problems = vec![];
    if !(1..=LONGEST_DAYS).contains(&days) {
        let problem = FieldProblem::new("/days", "this is no number of days");
        problems.push(problem.hint("use 1 to 366"));
    }
    if last.is_none() {
        let problem = FieldProblem::new("/until", "this is no day");
        problems.push(problem.hint("use a day like 2026-03-01"));
    }
    let (Some(last), true) = (last, problems.is_empty()) else {
        return Err(Problem::invalid(problems));
    };
    let found = decider.success(&offer, last - days + 1, days).await?;
    let missing = || Problem::not_found(format!("there is no offer {offer}"));
    Ok(Json(found.ok_or_else(missing)?))
}

fn day_of(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let noon = date
        .at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?;
    Some(noon.timestamp().as_millisecond().div_euclid(DAY_MS))
}
