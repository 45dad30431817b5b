//! Contact policy: how often and when a customer may be contacted.

pub mod limits;
pub mod quiet;
#[cfg(test)]
mod tests;

use memory::criteria::{CalendarUnit, Window};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::body::{Check, read};
use crate::{Channel, Name};

/// Contact policies as definitions. All published ones hold together.
pub const KIND: Kind = Kind {
    name: "policy",
    validate,
};

/// The longest window: what memory keeps of contacts is bounded.
const LONGEST_WINDOW_MS: i64 = 366 * 86_400_000;

/// How often and when a customer may be contacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What it is called, by language.
    pub name: Name,
    /// At most so many contacts.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// When customers are left in peace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Zone (IANA) of customers whose zone is unknown; UTC unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_zone: Option<String>,
}

/// At most so many contacts in a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Key, named in the reasons of decisions.
    pub key: String,
    /// Channels it concerns; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// Categories it concerns; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// How many contacts are allowed in the window.
    pub at_most: u32,
    /// The window.
    pub window: LimitWindow,
}

/// A window that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LimitWindow {
    /// The last so many milliseconds.
    RollingMs(i64),
    /// This day, week or month of the customer's calendar.
    Calendar(Unit),
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}

/// A time of day in which customers are left in peace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From, for example `21:00`, in the customer's zone.
    pub from: String,
    /// Until, for example `08:00`.
    pub until: String,
    /// Channels it concerns.
    pub channels: Vec<Channel>,
}

impl LimitWindow {
    /// The same window, as criteria know it.
    pub fn to_window(self) -> Window {
        match self {
            LimitWindow::RollingMs(ms) => Window::Rolling(ms),
            LimitWindow::Calendar(unit) => Window::Calendar {
                unit: match unit {
                    Unit::Day => CalendarUnit::Day,
                    Unit::Week => CalendarUnit::Week,
                    Unit::Month => CalendarUnit::Month,
                },
                ago: 0,
            },
        }
    }
}

fn validate(body: &Value) -> Vec<Problem> {
    let policy: Policy = match read(body) {
        Ok(policy) => policy,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&policy.name);
    for (place, limit) in policy.limits.iter().enumerate() {
        let path = format!("/limits/{place}");
        check.key(&limit.key, format!("{path}/key"));
        let twice = policy.limits[..place].iter().any(|l| l.key == limit.key);
        let hint = "give every limit a key of its own";
        check.demand(
            !twice,
            format!("{path}/key"),
            (ProblemCode::Twice, "the key is there twice"),
            hint,
        );
        check.within(
            f64::from(limit.at_most),
            0.0,
            1_000.0,
            format!("{path}/at_most"),
        );
        if let LimitWindow::RollingMs(ms) = limit.window {
            let good = (1..=LONGEST_WINDOW_MS).contains(&ms);
            let path = format!("{path}/window/rolling_ms");
            let hint = "use milliseconds, for example 604800000 for seven days; at most 366 days";
            check.demand(
                good,
                path,
                (ProblemCode::NotADuration, "this is no window"),
                hint,
            );
        }
        for (list, empty) in [
            (
                "channels",
                limit.channels.as_ref().is_some_and(Vec::is_empty),
            ),
            (
                "categories",
                limit.categories.as_ref().is_some_and(Vec::is_empty),
            ),
        ] {
            let hint = "name some, or leave it out so that the limit concerns all";
            check.demand(
                !empty,
                format!("{path}/{list}"),
                (ProblemCode::ConcernsNothing, "the limit concerns nothing"),
                hint,
            );
        }
    }
    if let Some(hours) = &policy.quiet_hours {
        quiet_hours(hours, &mut check);
    }
    if let Some(zone) = &policy.default_zone {
        let known = jiff::tz::TimeZone::get(zone).is_ok();
        let hint = "use a name like Europe/London";
        check.demand(
            known,
            "/default_zone",
            (ProblemCode::NotAZone, "this is not a time zone"),
            hint,
        );
    }
    check.0
}

fn quiet_hours(hours: &QuietHours, check: &mut Check) {
    for (field, time) in [("from", &hours.from), ("until", &hours.until)] {
        let good = quiet::time_of_day(time).is_some();
        let path = format!("/quiet_hours/{field}");
        check.demand(
            good,
            path,
            (ProblemCode::NotATimeOfDay, "this is not a time of day"),
            "use a time like 21:00",
        );
    }
    let differ = hours.from != hours.until;
    let hint = "use two different times";
    check.demand(
        differ,
        "/quiet_hours/until",
        (ProblemCode::SameTimes, "quiet hours without an end"),
        hint,
    );
    let some = !hours.channels.is_empty();
    let hint = "name the channels that are quiet";
    check.demand(
        some,
        "/quiet_hours/channels",
        (ProblemCode::Empty, "quiet hours of no channel"),
        hint,
    );
}
