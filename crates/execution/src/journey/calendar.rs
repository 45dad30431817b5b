//! The time engine: quiet hours and waits, by the customer's own clock.
//!
//! Two kinds of waiting exist and are never mixed: *elapsed* time is so many milliseconds later,
//! whatever clocks on walls do; *calendar* time is what a clock on the customer's wall shows,
//! through every change to and from summer time.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

/// Changes of the clock that are looked at before giving up: none has more in one night.
const MAX_CHANGES: usize = 8;
/// Days that are tried for a local time: a skipped day and a skipped hour are the worst case.
const MAX_DAYS: i64 = 4;

/// A time of day on a wall clock, written `21:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime {
    minutes: u16,
}

/// The hours in which a customer is left alone; they may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietHours {
    /// The first quiet minute.
    #[schema(value_type = String, example = "21:00")]
    pub from: LocalTime,
    /// The first minute that is not quiet any more.
    #[schema(value_type = String, example = "08:00")]
    pub until: LocalTime,
}

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day such as 21:00")]
pub struct NotATime(pub String);

impl LocalTime {
    /// A time of day, or `None` when there is none such.
    pub fn new(hour: u16, minute: u16) -> Option<LocalTime> {
        (hour < 24 && minute < 60).then_some(LocalTime {
            minutes: hour * 60 + minute,
        })
    }

    fn time(self) -> Time {
        let (hour, minute) = (self.minutes / 60, self.minutes % 60);
        let small = |number: u16| i8::try_from(number).expect("hours and minutes are below 60");
        Time::constant(small(hour), small(minute), 0, 0)
    }
}

impl std::str::FromStr for LocalTime {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let not_a_time = || NotATime(text.to_owned());
        let (hour, minute) = text.split_once(':').ok_or_else(not_a_time)?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let hour = number(hour).ok_or_else(not_a_time)?;
        let minute = number(minute).ok_or_else(not_a_time)?;
        LocalTime::new(hour, minute).ok_or_else(not_a_time)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> String {
        time.to_string()
    }
}

impl std::fmt::Display for LocalTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl QuietHours {
    /// Whether a wall clock that shows this is in the quiet hours.
    fn cover(self, time: Time) -> bool {
        let (from, until) = (self.from.time(), self.until.time());
        if from <= until {
            from <= time && time < until
        } else {
            from <= time || time < until
        }
    }
}

/// The customer's zone, or the department's when it is unknown or misspelled.
pub fn zone(customer: Option<&str>, default: &str) -> TimeZone {
    customer
        .and_then(|name| TimeZone::get(name).ok())
        .or_else(|| TimeZone::get(default).ok())
        .unwrap_or(TimeZone::UTC)
}

/// The first moment from `now` on that is not in the quiet hours.
pub fn next_allowed(now: Timestamp, zone: &TimeZone, quiet: Option<QuietHours>) -> Timestamp {
    let Some(quiet) = quiet else { return now };
    let Some(mut at) = instant(now) else {
        return now;
    };
    if !quiet.cover(zone.to_datetime(at).time()) {
        return now;
    }
    for _ in 0..MAX_CHANGES {
        // As long as the offset stays, the wall clock runs evenly to the end of the quiet hours.
        let wall = zone.to_datetime(at).time();
        let end = at
            .saturating_add(until(wall, quiet.until.time()))
            .unwrap_or(at);
        match zone.following(at).next().map(|change| change.timestamp()) {
            Some(change) if change < end => {
                // At the change the clock jumps, perhaps out of the quiet hours.
                at = change;
                if !quiet.cover(zone.to_datetime(at).time()) {
                    return timestamp(at);
                }
            }
            Some(_) | None => return timestamp(end),
        }
    }
    timestamp(at)
}

/// The first moment from `now` on at which the wall clock of some day has reached `local`.
///
/// A time that a day skips (summer time begins) is reached when the clock has jumped over it; a
/// time that a day has twice (summer time ends) is reached the first time only.
pub fn wait_until(now: Timestamp, zone: &TimeZone, local: LocalTime) -> Timestamp {
    let Some(at) = instant(now) else { return now };
    let today = zone.to_datetime(at).date();
    // The clock may have been set back over midnight, so tomorrow's time may lie behind us.
    for days in 0..=MAX_DAYS {
        let Ok(day) = today.checked_add(SignedDuration::from_hours(24 * days)) else {
            break;
        };
        let reached = reached(zone, day, local);
        if let Some(reached) = reached.filter(|reached| *reached >= at) {
            return timestamp(reached);
        }
    }
    now
}

/// So many milliseconds later, whatever the clocks on the walls do.
pub fn wait_for(now: Timestamp, for_ms: i64) -> Timestamp {
    Timestamp(now.0.saturating_add(for_ms.max(0)))
}

/// The first moment of a day at which its wall clock shows at least this time.
fn reached(zone: &TimeZone, day: Date, local: LocalTime) -> Option<jiff::Timestamp> {
    let wanted = day.to_datetime(local.time());
    let found = match zone.to_ambiguous_timestamp(wanted).offset() {
        AmbiguousOffset::Unambiguous { offset } => on(wanted, offset)?,
        // `before` is the offset in force until the clock was set back: the first pass.
        AmbiguousOffset::Fold { before, .. } => on(wanted, before)?,
        AmbiguousOffset::Gap { before, .. } => {
            let later = on(wanted, before)?
                .saturating_add(SignedDuration::from_secs(1))
                .ok()?;
            zone.preceding(later).next()?.timestamp()
        }
    };
    (zone.to_datetime(found).date() == day).then_some(found)
}

fn on(datetime: DateTime, offset: Offset) -> Option<jiff::Timestamp> {
    offset.to_timestamp(datetime).ok()
}

/// How long an even clock takes from one time of day to the next occurrence of another.
fn until(from: Time, to: Time) -> SignedDuration {
    let duration = from.duration_until(to);
    if duration.is_negative() {
        duration + SignedDuration::from_hours(24)
    } else {
        duration
    }
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

/// Whole milliseconds, never earlier than the moment itself.
fn timestamp(at: jiff::Timestamp) -> Timestamp {
    let whole = at.as_millisecond();
    Timestamp(if at.subsec_nanosecond() % 1_000_000 > 0 {
        whole + 1
    } else {
        whole
    })
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
