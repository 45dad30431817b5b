//! The first page over HTTP.

use axum::extract::State;
use gate::{Json, Permission, ProblemDocument, Query, Result, User};
use serde::Deserialize;
use store::Timestamp;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{DAY_MS, JourneyToday, Step, StepKey, Today, WEEK_MS, Waiting, WaitingKind, db};
use crate::App;

/// Routes of the first page.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(today))
}

/// Which day.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// When the day began where the reader is; midnight of UTC unless given.
    since: Option<Timestamp>,
}

/// What waits for somebody, what is being said today, and what is left of setting up.
#[utoipa::path(get, path = "/api/today", tag = "today", params(Wanted),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Today), (status = 403, body = ProblemDocument)))]
async fn today(
    user: User,
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Today>> {
    user.require(Permission::ViewReports)?;
    let as_of = app.db.now();
    let midnight = Timestamp(as_of.0 - as_of.0.rem_euclid(DAY_MS));
    let since = wanted.since.unwrap_or(midnight);
    Ok(Json(Today {
        as_of,
        since,
        figures: app.today.figures(&app.db, since).await?,
        waiting: waiting(&app, as_of).await?,
        journeys: journeys(&app).await?,
        steps: steps(&app).await?,
    }))
}

async fn waiting(app: &App, now: Timestamp) -> Result<Vec<Waiting>> {
    let db = &app.db;
    let soon = now.plus_ms(WEEK_MS);
    let catalog = app.installed.decider.catalog();
    let ends = catalog
        .offers
        .iter()
        .filter_map(|offer| offer.body.valid_until);
    let expiring = ends.filter(|end| *end > now && *end <= soon).count();
    let all = [
        (
            WaitingKind::UncertainMessages,
            db::messages(db, "uncertain", Timestamp(0)).await?,
        ),
        (
            WaitingKind::FailedMessages,
            db::messages(db, "rejected", now.plus_ms(-WEEK_MS)).await?,
        ),
        (WaitingKind::Quarantine, db::quarantined(db).await?),
        (WaitingKind::ExpiringOffers, expiring as u64),
        (
            WaitingKind::LowCodes,
            app.installed.decider.low_pools().await?.len() as u64,
        ),
        (
            WaitingKind::RecalledOffers,
            app.installed.decider.stopped().recalled.len() as u64,
        ),
        (WaitingKind::Drafts, db::drafts(db).await?),
    ];
    let there = all.into_iter().filter(|(_, count)| *count > 0);
    Ok(there.map(|(kind, count)| Waiting { kind, count }).collect())
}

async fn journeys(app: &App) -> Result<Vec<JourneyToday>> {
    let counted = db::journeys(&app.db).await?;
    let sum = |key: &str, states: &[&str]| {
        let mine = counted
            .iter()
            .filter(|(journey, state, _)| journey == key && states.contains(&state.as_str()));
        mine.map(|(_, _, count)| count).sum()
    };
    let published = app.gate.published.now();
    let shown = published.of_kind("journey").map(|journey| JourneyToday {
        key: journey.key.clone(),
        title: journey.title.clone(),
        running: sum(&journey.key, &["pending", "inside"]),
        done: sum(&journey.key, &["done"]),
        cancelled: sum(&journey.key, &["cancelled"]),
    });
    Ok(shown.collect())
}

async fn steps(app: &App) -> Result<Vec<Step>> {
    let newest = db::newest(&app.db).await?;
    let published = app.gate.published.now();
    let any = |kind: &str| published.of_kind(kind).next().is_some();
    let all = [
        (StepKey::Events, newest > 0),
        (StepKey::Offer, any("offer")),
        (StepKey::Placement, any("placement")),
        (StepKey::Journey, any("journey")),
        (StepKey::Decision, db::any_decision(&app.db, newest).await?),
        (StepKey::Message, db::any_message(&app.db).await?),
    ];
    Ok(all
        .into_iter()
        .map(|(key, done)| Step { key, done })
        .collect())
}
