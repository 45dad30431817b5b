//! Schedules: when a pull runs again.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::Problem;
use utoipa::ToSchema;

const MINUTE_MS: i64 = 60_000;
/// Minutes of a week: longer pauses are said as days.
const MINUTES_LIMIT: u32 = 10_080;

/// When a pull runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = FeedSchedule)]
pub enum Schedule {
    /// So many minutes after it began the last time.
    EveryMinutes(u32),
    /// Once a day.
    DailyAt {
        /// At this time.
        #[schema(example = "06:30")]
        time: String,
        /// Of this zone.
        #[serde(default = "utc")]
        #[schema(example = "Europe/London")]
        zone: String,
    },
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Schedule {
    /// When it is due, given when it last began, or else since when there is the feed. A run that
    /// was missed is made up for once.
    pub fn due(&self, started_at: Option<Timestamp>, since_at: Timestamp) -> Timestamp {
        match self {
            Schedule::EveryMinutes(minutes) => match started_at {
                Some(started_at) => started_at.plus_ms(i64::from(*minutes) * MINUTE_MS),
                None => since_at,
            },
            Schedule::DailyAt { time, zone } => {
                let after = started_at.unwrap_or(since_at);
                next(after, time, zone).unwrap_or(Timestamp(i64::MAX))
            }
        }
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        match self {
            Schedule::EveryMinutes(minutes) => {
                if *minutes == 0 || *minutes > MINUTES_LIMIT {
                    let message = format!("a pull runs every 1 to {MINUTES_LIMIT} minutes");
                    problems.push(Problem::new("/every_minutes", message));
                }
            }
            Schedule::DailyAt { time, zone } => {
                if read(time).is_none() {
                    let problem = Problem::new("/daily_at/time", "this is no time of a day");
                    problems.push(problem.hint("write it like 06:30"));
                }
                if TimeZone::get(zone).is_err() {
                    let message = format!("there is no time zone {zone:?}");
                    let problem = Problem::new("/daily_at/zone", message);
                    problems.push(problem.hint("write it like Europe/London, or UTC"));
                }
            }
        }
        problems
    }
}

fn read(time: &str) -> Option<Time> {
    Time::strptime("%H:%M", time.trim()).ok()
}

/// The first such time after an instant; a time that a change of the clock leaves out is taken
/// when the clock has moved.
fn next(after: Timestamp, time: &str, zone: &str) -> Option<Timestamp> {
    let (time, zone) = (read(time)?, TimeZone::get(zone).ok()?);
    let after: Zoned = after.to_jiff().to_zoned(zone.clone());
    for days in 0..3 {
        let day = after.date().checked_add(days.days()).ok()?;
        let at = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
        if at > after {
            return Some(Timestamp(at.timestamp().as_millisecond()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_schedule_says_when_it_is_due() {
        let since = at("2026-03-02T09:00:00Z");
        let often = Schedule::EveryMinutes(15);
        assert_eq!(often.due(None, since), since);
        assert_eq!(often.due(Some(since), since), at("2026-03-02T09:15:00Z"));
        let daily = |time: &str, zone: &str| Schedule::DailyAt {
            time: time.to_owned(),
            zone: zone.to_owned(),
        };
        let table = [
            (
                "06:30",
                "UTC",
                "2026-03-02T09:00:00Z",
                "2026-03-03T06:30:00Z",
            ),
            (
                "09:00",
                "UTC",
                "2026-03-02T09:00:00Z",
                "2026-03-03T09:00:00Z",
            ),
            (
                "21:00",
                "Asia/Shanghai",
                "2026-03-02T09:00:00Z",
                "2026-03-02T13:00:00Z",
            ),
            // The clock jumps from 1:00 to 2:00.
            (
                "01:30",
                "Europe/London",
                "2026-03-29T00:10:00Z",
                "2026-03-29T01:30:00Z",
            ),
            // It runs through 1:30 twice; the first one counts.
            (
                "01:30",
                "Europe/London",
                "2026-10-25T00:00:00Z",
                "2026-10-25T00:30:00Z",
            ),
            (
                "01:30",
                "Europe/London",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
        ];
        for (time, zone, after, expected) in table {
            let due = daily(time, zone).due(Some(at(after)), since);
            assert_eq!(due, at(expected), "{time} {zone} after {after}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_schedule_is_named() {
        let wrong = Schedule::DailyAt {
            time: "25:00".to_owned(),
            zone: "Mars/Base".to_owned(),
        };
        let paths: Vec<String> = wrong.problems().into_iter().map(|p| p.path).collect();
        assert_eq!(paths, ["/daily_at/time", "/daily_at/zone"]);
        assert_eq!(Schedule::EveryMinutes(0).problems().len(), 1);
        let json = serde_json::json!({"daily_at": {"time": "06:30"}});
        assert!(serde_json::from_value::<Schedule>(json).is_ok());
    }
}
