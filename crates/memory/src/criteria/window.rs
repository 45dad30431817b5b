//! Windows: which stretch of time an aggregate looks at, relative to "now".

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::value::DAY_MS;

/// A moment, fixed or relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// A fixed moment, in milliseconds since the epoch.
    At(i64),
    /// So many milliseconds before now; zero is now itself.
    Ago(i64),
    /// So many milliseconds after now.
    Ahead(i64),
}

impl Moment {
    /// The moment in milliseconds since the epoch.
    #[must_use]
    pub fn resolve(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Ago(ms) => now_ms.saturating_sub(ms),
            Self::Ahead(ms) => now_ms.saturating_add(ms),
        }
    }

    /// Whether it moves with now.
    #[must_use]
    pub fn relative(self) -> bool {
        match self {
            Self::At(_) => false,
            Self::Ago(_) | Self::Ahead(_) => true,
        }
    }
}

/// A unit of the calendar in the customer's zone; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
    /// From January to January.
    Year,
}

/// A stretch of time. What happens at the very moment "now" has happened: every window ends
/// at the latest right after now, so later occurrences never count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// All the past.
    Ever,
    /// The last so many milliseconds, up to and including now.
    Rolling(i64),
    /// From a moment (inclusive) until a moment (exclusive); either side may be open.
    Between {
        /// The first moment inside.
        from: Option<Moment>,
        /// The first moment after it.
        until: Option<Moment>,
    },
    /// A day, week, month or year of the customer's calendar, so many units ago (0 is the
    /// current one).
    Calendar {
        /// The unit.
        unit: CalendarUnit,
        /// How many units back.
        ago: u32,
    },
    /// All the past until so many milliseconds ago.
    Before(i64),
}

/// A half-open stretch of milliseconds, `from <= t < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first millisecond inside.
    pub from: i64,
    /// The first millisecond after it.
    pub until: i64,
}

impl Range {
    /// Whether a moment lies inside.
    #[must_use]
    pub fn contains(self, ms: i64) -> bool {
        self.from <= ms && ms < self.until
    }
}

/// How long occurrences must be kept so that a window can still see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// So many milliseconds back from now.
    For(i64),
    /// Everything since a fixed moment.
    Since(i64),
    /// Everything.
    Forever,
}

impl Keep {
    /// The earliest moment that must still be kept.
    #[must_use]
    pub fn floor(self, now_ms: i64) -> i64 {
        match self {
            Self::For(ms) => now_ms.saturating_sub(ms),
            Self::Since(ms) => ms,
            Self::Forever => i64::MIN,
        }
    }

    /// What satisfies both; a fixed moment and a stretch together mean everything.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::For(a), Self::For(b)) => Self::For(a.max(b)),
            (Self::Since(a), Self::Since(b)) => Self::Since(a.min(b)),
            (Self::Forever, _)
            | (_, Self::Forever)
            | (Self::For(_), Self::Since(_))
            | (Self::Since(_), Self::For(_)) => Self::Forever,
        }
    }

    /// Whether keeping `self` also keeps all that `other` asks for.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.with(other) == self
    }
}

impl Window {
    /// The milliseconds this window covers at `now_ms` in the customer's zone.
    #[must_use]
    pub fn range(self, now_ms: i64, zone: &TimeZone) -> Range {
        let end = now_ms.saturating_add(1);
        match self {
            Self::Ever => Range {
                from: i64::MIN,
                until: end,
            },
            Self::Rolling(ms) => Range {
                from: end.saturating_sub(ms),
                until: end,
            },
            Self::Between { from, until } => Range {
                from: from.map_or(i64::MIN, |moment| moment.resolve(now_ms)),
                until: until.map_or(end, |moment| moment.resolve(now_ms).min(end)),
            },
            Self::Calendar { unit, ago } => {
                calendar(unit, ago, now_ms, zone).map_or(Range { from: 0, until: 0 }, |range| {
                    Range {
                        from: range.from,
                        until: range.until.min(end),
                    }
                })
            }
            Self::Before(ms) => Range {
                from: i64::MIN,
                until: end.saturating_sub(ms),
            },
        }
    }

    /// The first moment after the current day, week, month or year of a zone.
    pub(super) fn unit_end(unit: CalendarUnit, now_ms: i64, zone: &TimeZone) -> Option<i64> {
        calendar(unit, 0, now_ms, zone).map(|range| range.until)
    }

    /// How long occurrences must be kept for this window.
    #[must_use]
    pub fn keep(self) -> Keep {
        match self {
            Self::Rolling(ms) => Keep::For(ms),
            Self::Between {
                from: Some(Moment::At(ms)),
                ..
            } => Keep::Since(ms),
            Self::Between {
                from: Some(Moment::Ago(ms)),
                ..
            } => Keep::For(ms),
            Self::Between {
                from: Some(Moment::Ahead(_)),
                ..
            } => Keep::For(0),
            // One unit more than asked for, and two days for any zone and clock change.
            Self::Calendar { unit, ago } => {
                Keep::For((i64::from(ago) + 1).saturating_mul(longest_ms(unit)) + 2 * DAY_MS)
            }
            Self::Between { from: None, .. } | Self::Before(_) | Self::Ever => Keep::Forever,
        }
    }
}

fn longest_ms(unit: CalendarUnit) -> i64 {
    match unit {
        CalendarUnit::Day => DAY_MS,
        CalendarUnit::Week => 7 * DAY_MS,
        CalendarUnit::Month => 31 * DAY_MS,
        CalendarUnit::Year => 366 * DAY_MS,
    }
}

fn calendar(unit: CalendarUnit, ago: u32, now_ms: i64, zone: &TimeZone) -> Option<Range> {
    let today = zone
        .to_datetime(Timestamp::from_millisecond(now_ms).ok()?)
        .date();
    let ago = i64::from(ago);
    let span = Span::new();
    let (base, back, step) = match unit {
        CalendarUnit::Day => (today, span.try_days(ago), span.try_days(1)),
        CalendarUnit::Week => {
            let past_monday = i64::from(today.weekday().since(Weekday::Monday));
            (
                today,
                span.try_days(past_monday + 7 * ago),
                span.try_days(7),
            )
        }
        CalendarUnit::Month => (
            today.first_of_month(),
            span.try_months(ago),
            span.try_months(1),
        ),
        CalendarUnit::Year => (
            today.first_of_year(),
            span.try_years(ago),
            span.try_years(1),
        ),
    };
    let first = base.checked_sub(back.ok()?).ok()?;
    let next = first.checked_add(step.ok()?).ok()?;
    Some(Range {
        from: start_of_day(first, zone)?,
        until: start_of_day(next, zone)?,
    })
}

/// Midnight, or the first moment of the day where the clock skips midnight.
fn start_of_day(date: Date, zone: &TimeZone) -> Option<i64> {
    let noon: Zoned = date.at(12, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(noon.start_of_day().ok()?.timestamp().as_millisecond())
}
