//! Periods of questions as moments and as windows of criteria.

use memory::criteria::{DAY_MS, Moment, Range, Window};
use store::Timestamp;

use super::question::Period;

/// A window from a moment (included) until a moment (excluded).
pub fn between(from_ms: Option<i64>, until_ms: Option<i64>) -> Window {
    if from_ms.is_none() && until_ms.is_none() {
        return Window::Ever;
    }
    Window::Between {
        from: from_ms.map(Moment::At),
        until: until_ms.map(Moment::At),
    }
}

impl Period {
    /// The period as criteria say it: the last days move on, fixed moments stay.
    pub fn window(self) -> Window {
        match self.days {
            Some(days) => Window::Rolling(i64::from(days) * DAY_MS),
            None => between(self.from.map(|at| at.0), self.until.map(|at| at.0)),
        }
    }

    /// The milliseconds it covers at `now`; nothing later than now has happened.
    pub fn range(self, now: Timestamp) -> Range {
        self.window().range(now.0, &jiff::tz::TimeZone::UTC)
    }
}

/// The start of a range for a scan; `None` when it is open.
pub fn since(range: Range) -> Option<i64> {
    (range.from > i64::MIN).then_some(range.from)
}
