//! Usage of caps over HTTP.

use std::collections::HashMap;

use axum::extract::State;
use gate::{Json, Permission, ProblemDocument, Query, Result, User};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Measure, Pacing, Period, room};
use crate::catalog::{CapEntry, Catalog};
use crate::{Channel, Decider, Name};

/// Periods shown of each cap.
const PERIODS: i64 = 14;

/// Routes of caps.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(usage))
}

/// Whose caps.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UsageQuery {
    /// Key of an offer; only caps that count it.
    offer: Option<String>,
}

/// How far caps are used.
#[derive(Debug, Serialize, ToSchema)]
struct UsageList {
    /// When it was read.
    as_of: Timestamp,
    /// The caps, by key.
    items: Vec<CapUsage>,
}

/// How far one cap is used.
#[derive(Debug, Serialize, ToSchema)]
struct CapUsage {
    /// Key of the cap.
    cap: String,
    /// What it is called, by language.
    name: Name,
    /// What it counts.
    measure: Measure,
    /// How much it allows in a period.
    at_most: i64,
    /// Its period.
    per: Period,
    /// The zone of its days.
    zone: String,
    /// How it is spread.
    pacing: Pacing,
    /// Whether it counts now.
    active: bool,
    /// Beginning of the period.
    from: Option<Timestamp>,
    /// End of the period (exclusive).
    until: Option<Timestamp>,
    /// What is taken, promises included.
    taken: i64,
    /// How much of it is only promised.
    held: i64,
    /// Up to where it may go at this moment.
    allowed: i64,
    /// How much of the period has passed, 0 to 1; absent when the period has no end.
    elapsed: Option<f64>,
    /// Currency of money.
    currency: Option<String>,
    /// Keys of the offers it counts.
    offers: Vec<String>,
    /// Channels of its placements.
    channels: Vec<Channel>,
    /// The newest periods, newest first.
    periods: Vec<PeriodUsage>,
}

/// What was taken in one period.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodUsage {
    /// The first day of the period, or `total`.
    period: String,
    /// What was taken.
    taken: i64,
}

/// Show how far published caps are used.
#[utoipa::path(get, path = "/api/caps/usage", tag = "caps", params(UsageQuery),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = UsageList), (status = 403, body = ProblemDocument)))]
async fn usage(
    user: User,
    State(decider): State<Decider>,
    Query(query): Query<UsageQuery>,
) -> Result<Json<UsageList>> {
    user.require(Permission::ViewReports)?;
    let catalog = decider.catalog();
    let now = decider.memory().db().now();
    let mut items = vec![];
    for (place, cap) in catalog.caps.iter().enumerate() {
        let (offers, channels) = counted(&catalog, place as u16);
        if query
            .offer
            .as_ref()
            .is_some_and(|offer| !offers.contains(offer))
        {
            continue;
        }
        items.push(one(&decider, &catalog, cap, (offers, channels), now).await?);
    }
    Ok(Json(UsageList { as_of: now, items }))
}

/// The offers and channels that a cap counts.
fn counted(catalog: &Catalog, cap: u16) -> (Vec<String>, Vec<Channel>) {
    let (mut offers, mut channels) = (vec![], vec![]);
    for placement in &catalog.placements {
        for (candidate, caps) in placement.candidates.iter().zip(&placement.caps) {
            if caps.iter().any(|(known, _)| *known == cap) {
                offers.push(catalog.offers[usize::from(candidate.offer)].key.clone());
                channels.push(placement.body.channel);
            }
        }
    }
    offers.sort();
    offers.dedup();
    channels.sort();
    channels.dedup();
    (offers, channels)
}

async fn one(
    decider: &Decider,
    catalog: &Catalog,
    cap: &CapEntry,
    (offers, channels): (Vec<String>, Vec<Channel>),
    now: Timestamp,
) -> Result<CapUsage> {
    let db = decider.memory().db();
    let span = cap.body.span(now);
    let counter = room::counter(&cap.key, &span);
    let periods = memory::cap::db::periods(db, &cap.key, PERIODS).await?;
    let taken: HashMap<&str, i64> = periods
        .iter()
        .map(|(c, taken)| (c.as_str(), *taken))
        .collect();
    let held: HashMap<String, i64> = memory::cap::db::held(db, &cap.key)
        .await?
        .into_iter()
        .collect();
    let elapsed = span.from.zip(span.until).map(|(from, until)| {
        let share = now.since_ms(from) as f64 / until.since_ms(from).max(1) as f64;
        share.clamp(0.0, 1.0)
    });
    let first = offers.first().and_then(|key| catalog.offer(key));
    let money = cap.body.measure == Measure::Spend;
    Ok(CapUsage {
        cap: cap.key.clone(),
        name: cap.body.name.clone(),
        measure: cap.body.measure,
        at_most: cap.body.at_most,
        per: cap.body.per,
        zone: cap.body.zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        pacing: cap.body.pacing,
        active: cap.body.counts_at(now),
        from: span.from,
        until: span.until,
        taken: taken.get(counter.as_str()).copied().unwrap_or(0),
        held: held.get(&counter).copied().unwrap_or(0),
        allowed: cap.body.allowed(&span, now),
        elapsed,
        currency: first
            .filter(|_| money)
            .map(|offer| offer.body.currency.clone()),
        offers,
        channels,
        periods: periods
            .into_iter()
            .filter_map(|(counter, taken)| {
                let (_, period) = counter.split_once('@')?;
                let period = period.to_owned();
                Some(PeriodUsage { period, taken })
            })
            .collect(),
    })
}
