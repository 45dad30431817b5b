//! What is wrong with the body of a cap.

use serde_json::Value;
use store::definition::{Problem, ProblemCode};

use super::{Cap, Pacing, Period};
use crate::body::{Check, read};

/// The most of anything: far beyond every use, and far from an overflow.
const LARGEST: i64 = 1_000_000_000_000;

pub(super) fn validate(body: &Value) -> Vec<Problem> {
    let cap: Cap = match read(body) {
        Ok(cap) => cap,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&cap.name);
    let good = (0..=LARGEST).contains(&cap.at_most);
    let hint = "use 0 or more; money in cents";
    check.demand(
        good,
        "/at_most",
        (ProblemCode::Negative, "this is no amount"),
        hint,
    );
    if let Some(zone) = &cap.zone {
        let known = jiff::tz::TimeZone::get(zone).is_ok();
        let hint = "use a name like Europe/London";
        check.demand(
            known,
            "/zone",
            (ProblemCode::NotAZone, "this is not a time zone"),
            hint,
        );
    }
    lists(&cap, &mut check);
    if let (Some(from), Some(until)) = (cap.starts_at, cap.ends_at) {
        let hint = "ends_at must be later than starts_at";
        check.demand(
            from < until,
            "/ends_at",
            (ProblemCode::EndsBeforeStart, "the cap never counts"),
            hint,
        );
    }
    let bounded = cap.starts_at.is_some() && cap.ends_at.is_some();
    let paced = cap.pacing == Pacing::Even;
    check.demand(
        !paced || cap.per != Period::Total || bounded,
        "/pacing",
        (
            ProblemCode::NoPeriod,
            "there is no period to spread it over",
        ),
        "give starts_at and ends_at, or a day, week or month in per",
    );
    if let Some(hours) = &cap.hours {
        let good = hours.len() == 24
            && hours.iter().all(|hour| hour.is_finite() && *hour >= 0.0)
            && hours.iter().any(|hour| *hour > 0.0);
        let hint = "give 24 numbers of 0 or more, from midnight on, not all of them 0";
        check.demand(
            good,
            "/hours",
            (ProblemCode::NotHours, "these are no weights of hours"),
            hint,
        );
        let hint = "set pacing to even, or leave hours out";
        check.demand(
            paced,
            "/hours",
            (ProblemCode::HoursUnused, "hours without pacing"),
            hint,
        );
    }
    check.0
}

fn lists(cap: &Cap, check: &mut Check) {
    let empty = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
    for (name, empty) in [
        ("offers", empty(&cap.offers)),
        ("categories", empty(&cap.categories)),
        ("placements", empty(&cap.placements)),
        ("channels", cap.channels.as_ref().is_some_and(Vec::is_empty)),
    ] {
        let hint = "name some, or leave it out so that the cap concerns all";
        let message = (ProblemCode::ConcernsNothing, "the cap concerns nothing");
        check.demand(!empty, format!("/{name}"), message, hint);
    }
}
